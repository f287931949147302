"""States as JSON and back; the bytes of files go to the blob store and are named by digest."""

import base64
import json

from hardener.host.door.content import Content
from hardener.host.errors import JournalError


def encode(value, keep=None):
    """Return plain JSON data for a state; `keep(content)` is told of every Content in it."""
    if isinstance(value, Content):
        if keep:
            keep(value)
        return {"$content": value.sha256, "size": value.size}
    if hasattr(value, "_asdict"):
        return {name: encode(field, keep) for name, field in zip(value._fields, value)}
    if isinstance(value, (tuple, list)):
        return [encode(item, keep) for item in value]
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode("ascii")}
    return value


def decode(state_class, data, fetch):
    """Build the state (a NamedTuple class) from JSON data; `fetch(sha256, size)` gives a Content."""
    try:
        return state_class(**{name: _value(data[name], fetch) for name in state_class._fields})
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise JournalError("a state in the journal can't be read", why=type(error).__name__)


def _value(data, fetch):
    if isinstance(data, list):
        return tuple(_value(item, fetch) for item in data)
    if isinstance(data, dict) and "$content" in data:
        return fetch(data["$content"], data["size"])
    if isinstance(data, dict) and "$bytes" in data:
        return base64.b64decode(data["$bytes"], validate=True)
    return data


def named(data, blobs):
    """Yield the digests of all stored bytes that this data names, those within sealed states too."""
    if isinstance(data, dict) and "$sealed" in data:
        yield data["$sealed"]
        data = unsealed(data, blobs)
    if isinstance(data, dict) and "$content" in data:
        yield data["$content"]
    elif isinstance(data, (dict, list)):
        for each in data.values() if isinstance(data, dict) else data:
            yield from named(each, blobs)


def sealed(data, blobs):
    """Put a whole state into a private blob, so that the journal's text holds a digest of it."""
    content = Content.of(json.dumps(data, sort_keys=True).encode("ascii"))
    blobs.keep(content)
    return {"$sealed": content.sha256, "size": content.size}


def unsealed(data, blobs):
    if isinstance(data, dict) and "$sealed" in data:
        return json.loads(blobs.fetch(data["$sealed"], data["size"]).bytes().decode("ascii"))
    return data
