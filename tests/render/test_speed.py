"""A thousand small steps are rendered well under a second, on a busy machine too."""

import time

from hardener.render import Renderer


def test_a_thousand_steps():
    variables = {"app": "/srv", "user": {"name": "deploy"}, "n": "{{ 1 + 1 }}"}
    steps = [
        {"path": f"{{{{ app }}}}/{number}", "owner": "{{ user.name }}", "mode": "0644",
         "content": f"{{{{ n }}}} {number}", "when": "n == 2"}
        for number in range(1000)
    ]  # fmt: skip
    renderer = Renderer(variables)
    start = time.process_time()
    for step in steps:
        renderer.value(step)
        assert renderer.condition(step["when"])
    assert time.process_time() - start < 0.5
