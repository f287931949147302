#!/usr/bin/env python3
import json

print(
    json.dumps(
        {
            "_meta": {"hostvars": {"d1": {"a": 1}, "unlisted": {"q": 1}}},
            "g1": {"hosts": ["d1", "d2"]},
            "g2": {"hosts": ["d2"], "children": ["g1"], "vars": {"k": "v"}},
        }
    )
)
