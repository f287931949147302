"""The variables of a host: which of several values counts, and what comes with every host."""

from pathlib import Path

import pytest

from hardener.errors import PlaybookError
from hardener.inventory import load
from hardener.render import Renderer, RenderError
from hardener.render.variables import connection_for, for_host, for_step, vars_file

# From the weakest to the strongest.
LAYERS = ["role defaults", "inventory", "play_vars", "vars_files", "own", "registered", "given",
          "extra_vars", "loop"]  # fmt: skip


@pytest.fixture
def inventory(tmp_path):
    (tmp_path / "hosts.yml").write_text(
        "web:\n"
        "  vars: {who: inventory, ip: 10.0.0}\n"
        "  hosts:\n"
        "    w1.example.com: {n: 1, address: '{{ ip }}.{{ n }}'}\n"
        "    w2: {n: 2, up: '{{ n + 1 }}', bad: '{{ nope }}'}\n"
    )
    return load([str(tmp_path / "hosts.yml")])


def render(variables, text):
    return Renderer(variables).value(text)


@pytest.mark.parametrize("count", range(1, len(LAYERS) + 1))
def test_precedence(inventory, count):
    layers = {layer: {"who": layer} for layer in LAYERS[:count]}
    inherited = layers.pop("inventory", None)
    host = inventory.hosts["w2"] if inherited else inventory.localhost
    of_step = {key: layers.pop(key) for key in ("own", "given") if key in layers}
    of_step["defaults"] = layers.pop("role defaults")
    item = layers.pop("loop", {})
    if "vars_files" in layers:
        layers["vars_files"] = [{"who": "earlier file"}, layers["vars_files"]]
    whole = Renderer(for_host(host, inventory, **layers))
    step = for_step(whole, **of_step, extra=frozenset(layers.get("extra_vars", ())))
    assert step.extended(item, literal=True).value("{{ who }}") == LAYERS[count - 1]


def test_a_step_overrides_nothing_that_every_host_has(inventory):
    whole = Renderer(for_host(inventory.hosts["w2"], inventory, facts={"x": 1}))
    names = {"inventory_hostname": "x", "facts": {"x": 2}, "lookup": 3}
    step = for_step(whole, own=names, given=names)
    assert step.value("{{ inventory_hostname }} {{ facts.x }}") == "w2 1"


def test_names_that_every_host_has(inventory):
    variables = for_host(inventory.hosts["w1.example.com"], inventory, playbook_dir=Path("/p"))
    text = "{{ inventory_hostname }} {{ inventory_hostname_short }} {{ playbook_dir }}"
    assert render(variables, text) == "w1.example.com w1 /p"
    assert render(variables, "{{ group_names }}") == ["web"]
    assert render(variables, "{{ groups }}") == {
        "all": ["w1.example.com", "w2"], "ungrouped": [], "web": ["w1.example.com", "w2"],
    }  # fmt: skip


def test_names_that_every_host_has_cannot_be_overridden(inventory):
    variables = for_host(
        inventory.hosts["w2"], inventory, extra_vars={"inventory_hostname": "x", "facts": 1}
    )
    assert render(variables, "{{ inventory_hostname }}") == "w2"


def test_facts_are_undefined_until_they_are_known(inventory):
    host = inventory.hosts["w2"]
    with pytest.raises(RenderError, match="'facts' is undefined"):
        render(for_host(host, inventory), "{{ facts.x }}")
    assert render(for_host(host, inventory, facts={"x": 1}), "{{ facts.x }}") == 1


def test_what_hosts_say_is_data(inventory):
    variables = for_host(
        inventory.hosts["w2"],
        inventory,
        facts={"x": "{{ n }}"},
        registered={"r": "{{ n }}"},
        others={"w1.example.com": {"facts": {"x": "{{ n }}"}, "r": "{{ n }}"}},
    )
    others = "hostvars['w1.example.com']"
    for name in ("facts.x", "r", f"{others}.facts.x", f"{others}.r"):
        assert render(variables, "{{ " + name + " }}") == "{{ n }}"


def test_extra_vars_over_a_result_are_templates_again(inventory):
    layers = {"registered": {"r": "x"}, "extra_vars": {"r": "{{ n }}"}}
    assert render(for_host(inventory.hosts["w2"], inventory, **layers), "{{ r }}") == 2


def test_hostvars_are_rendered_as_their_own_host(inventory):
    variables = for_host(inventory.hosts["w1.example.com"], inventory)
    assert render(variables, "{{ hostvars.w2.up }}") == 3
    assert render(variables, "{{ hostvars | list }}") == ["w1.example.com", "w2"]
    with pytest.raises(RenderError, match="hostvars|w3"):
        render(variables, "{{ hostvars.w3.up }}")


def test_errors_name_the_place_of_the_variable(inventory, tmp_path):
    variables = for_host(inventory.hosts["w2"], inventory)
    with pytest.raises(RenderError, match=r"hosts\.yml:5:35: 'nope' is undefined"):
        render(variables, "{{ bad }}")


def test_an_override_takes_the_place_with_it(inventory):
    variables = for_host(inventory.hosts["w2"], inventory, play_vars={"bad": "{{ nope }}"})
    with pytest.raises(RenderError, match=r"^variable bad: 'nope'"):
        render(variables, "{{ bad }}")


def test_vars_files_follow_the_rules_of_playbooks(tmp_path, inventory):
    path = tmp_path / "vars.yml"
    path.write_text("mode: 0644\nanswer: yes\nbad: '{{ nope }}'\n")
    variables = for_host(inventory.hosts["w2"], inventory, vars_files=[vars_file(path)])
    assert render(variables, ["{{ mode }}", "{{ answer }}"]) == ["0644", "yes"]
    with pytest.raises(RenderError, match=r"vars\.yml:3:10: 'nope' is undefined"):
        render(variables, "{{ bad }}")
    path.write_text("- a\n")
    with pytest.raises(PlaybookError, match="expected variables"):
        vars_file(path)


def test_a_connection_may_hold_templates(inventory):
    host = inventory.hosts["w1.example.com"]
    assert connection_for(host, for_host(host, inventory)).address == "10.0.0.1"


def test_ansibles_names_reach_the_connection_from_wherever_they_are_set(inventory):
    """As there: `-e ansible_port=…` beats the play, which beats the inventory; our short names stay its own."""
    host = inventory.hosts["w1.example.com"]
    play = {"ansible_port": "{{ base + 22 }}", "base": 2200, "ansible_user": "play", "port": 99}
    way = connection_for(host, for_host(host, inventory, play_vars=play))
    assert (way.address, way.port, way.user) == ("10.0.0.1", 2222, "play")
    extra = {"ansible_user": "extra", "ansible_host": "10.9.9.9"}
    way = connection_for(host, for_host(host, inventory, play_vars=play, extra_vars=extra))
    assert (way.address, way.port, way.user) == ("10.9.9.9", 2222, "extra")
