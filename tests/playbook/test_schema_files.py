from hardener.playbook.schemas import inlined


def test_references_are_put_in_place() -> None:
    schema = {
        "properties": {
            "a": {"$ref": "#/$defs/size", "description": "A."},
            "b": {"type": "array", "items": {"$ref": "#/$defs/pair"}},
        },
        "$defs": {
            "size": {"type": "integer", "description": "A size."},
            "pair": {"properties": {"x": {"$ref": "#/$defs/size"}}},
        },
    }
    assert inlined(schema) == {
        "properties": {
            "a": {"type": "integer", "description": "A."},
            "b": {
                "type": "array",
                "items": {"properties": {"x": {"type": "integer", "description": "A size."}}},
            },
        }
    }
