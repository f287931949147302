"""`harden pull`: what is signed by nobody who may is neither applied nor laid out."""

import fcntl
import os
from pathlib import Path

import pytest
from pull.origin import Origin


@pytest.fixture
def origin(tmp_path: Path) -> Origin:
    origin = Origin(tmp_path)
    origin.ssh_key("ada")
    origin.ssh_key("eve")
    return origin


def test_a_host_follows_its_repository(origin: Origin) -> None:
    origin.commit("one")
    assert origin.pull().returncode == 0
    assert origin.motd == "one"
    again = origin.pull()
    assert "changed" not in again.stdout
    origin.commit("two")
    assert origin.pull("--dry-run").returncode == 0
    assert origin.motd == "one"
    assert origin.pull().returncode == 0
    assert origin.motd == "two"
    (origin.url / "site.yml").unlink()
    origin.git("commit", "-qam", "three")
    gone = origin.pull()
    assert gone.returncode == 64
    assert "there is no file site.yml in the repository" in gone.stderr


def test_a_branch(origin: Origin) -> None:
    origin.commit("one")
    origin.git("checkout", "-q", "-b", "next")
    origin.commit("two")
    origin.git("checkout", "-q", "main")
    assert origin.pull().returncode == 0
    assert origin.motd == "one"
    assert origin.pull("--branch", "next").returncode == 0
    assert origin.motd == "two"


def test_a_commit_that_is_signed_by_who_may(origin: Origin) -> None:
    origin.signs_by_ssh("ada")
    origin.commit("one", signed=True)
    done = origin.pull("--verify", "commit", "--signers", origin.signers("ada"))
    assert done.returncode == 0, done.stderr
    assert origin.motd == "one"


@pytest.mark.parametrize("by", ["nobody", "stranger", "openpgp"])
def test_any_other_commit_changes_nothing(origin: Origin, by: str) -> None:
    signers = origin.signers("ada")
    if by == "stranger":
        origin.signs_by_ssh("eve")
    if by == "openpgp":
        origin.signs_by_gpg()
    origin.commit("one", signed=by != "nobody")
    done = origin.pull("--verify", "commit", "--signers", signers)
    assert done.returncode == 1
    assert "is not signed by anybody whom this host trusts" in done.stderr
    assert "nothing was changed" in done.stderr
    assert not origin.motd
    assert not origin.laid_out


def test_the_users_own_settings_have_no_say(origin: Origin) -> None:
    """A key in the keyring of root, or an allowed signers file of its git, is not what was named."""
    signers = origin.signers("ada")
    origin.signs_by_ssh("eve")
    theirs = origin.folder / "theirs"
    theirs.write_text(f"eve {(origin.folder / 'eve.pub').read_text()}")
    settings = f'[gpg]\n\tformat = ssh\n[gpg "ssh"]\n\tallowedSignersFile = {theirs}\n'
    (origin.folder / ".gitconfig").write_text(settings)
    origin.commit("one", signed=True)
    assert origin.pull("--verify", "commit", "--signers", signers).returncode == 1
    assert not origin.motd


def test_openpgp(origin: Origin) -> None:
    keyring = origin.signs_by_gpg()
    origin.commit("one", signed=True)
    (origin.folder / "gnupg").rename(origin.folder / "elsewhere")
    done = origin.pull("--verify", "commit", "--keyring", keyring)
    assert done.returncode == 0, done.stderr
    assert origin.motd == "one"
    origin.signs_by_ssh("ada")
    origin.commit("two", signed=True)
    assert origin.pull("--verify", "commit", "--keyring", keyring).returncode == 1
    assert origin.motd == "one"


def test_a_key_that_was_revoked_counts_no_more(origin: Origin) -> None:
    keyring = origin.signs_by_gpg()
    origin.commit("one", signed=True)
    (revocation,) = (origin.folder / "gnupg/openpgp-revocs.d").glob("*.rev")
    revocation.write_text(revocation.read_text().replace("\n:-----", "\n-----"))
    origin.run("gpg", "--batch", "--quiet", "--import", str(revocation))
    Path(keyring).write_text(origin.run("gpg", "--armor", "--export"))
    done = origin.pull("--verify", "commit", "--keyring", keyring)
    assert done.returncode == 1
    assert "not signed by anybody whom this host trusts" in done.stderr
    assert not origin.motd


def test_the_newest_tag_that_fits(origin: Origin) -> None:
    origin.signs_by_ssh("ada")
    words = ("--tag", "v*", "--verify", "tag", "--signers", origin.signers("ada"))
    for version, motd in (("v1.9", "one"), ("v1.10", "two"), ("w3", "three")):
        origin.commit(motd)
        origin.git("tag", "-s", "-m", version, version)
    done = origin.pull(*words)
    assert done.returncode == 0, done.stderr
    assert origin.motd == "two"
    origin.git("tag", "v2", "main")
    assert origin.pull(*words).returncode == 1  # a tag that nobody has signed
    assert origin.motd == "two"


def test_a_signed_tag_counts_under_its_own_name_only(origin: Origin) -> None:
    """Who holds the repository could call the signed tag of an old version by a newer name."""
    origin.signs_by_ssh("ada")
    origin.commit("one")
    origin.git("tag", "-s", "-m", "old", "v1")
    origin.git("update-ref", "refs/tags/v2", origin.git("rev-parse", "refs/tags/v1").strip())
    signers = origin.signers("ada")
    done = origin.pull("--tag", "v*", "--verify", "tag", "--signers", signers)
    assert done.returncode == 1
    assert "what is called v2 was signed as another tag" in done.stderr
    assert not origin.motd


def test_nobody_takes_a_host_back_to_what_was_signed_once(origin: Origin) -> None:
    origin.signs_by_ssh("ada")
    words = ("--verify", "commit", "--signers", origin.signers("ada"))
    one = origin.commit("one", signed=True)
    origin.commit("two", signed=True)
    assert origin.pull(*words).returncode == 0
    origin.git("reset", "-q", "--hard", one)
    back = origin.pull(*words)
    assert back.returncode == 1
    assert "does not build on the one that was applied last" in back.stderr
    assert origin.motd == "two"
    assert origin.pull(*words, "--allow-older").returncode == 0
    assert origin.motd == "one"


def test_what_was_only_looked_at_binds_nobody(origin: Origin) -> None:
    origin.signs_by_ssh("ada")
    words = ("--verify", "commit", "--signers", origin.signers("ada"))
    origin.commit("one", signed=True)
    assert origin.pull(*words).returncode == 0
    origin.git("checkout", "-q", "-b", "trial")
    origin.commit("trial", signed=True)
    origin.git("checkout", "-q", "main")
    assert origin.pull(*words, "--branch", "trial", "--dry-run").returncode == 0
    origin.commit("two", signed=True)
    done = origin.pull(*words)
    assert done.returncode == 0, done.stderr
    assert origin.motd == "two"


def test_one_host_of_an_inventory(origin: Origin) -> None:
    hosts = "web:\n  hosts:\n    a: {host: 192.0.2.1, who: me}\n    b: {host: 192.0.2.2}\n"
    play = '- hosts: web\n  steps:\n    - file: {path: /etc/motd, content: "{{ who }} {{ inventory_hostname }}"}\n'
    origin.commit("one", {"hosts.yml": hosts, "site.yml": play})
    done = origin.pull("-i", "hosts.yml", "--name", "a")
    assert done.returncode == 0, done.stderr + done.stdout
    assert origin.motd == "me a"
    unknown = origin.pull("-i", "hosts.yml")
    assert unknown.returncode == 64
    assert "--name" in unknown.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--verify", "commit"), "--verify needs --signers or --keyring"),
        (("--signers", "ada.pub"), "--signers and --keyring need --verify"),
        (("--verify", "tag", "--signers", "ada.pub"), "--verify tag needs --tag"),
        (("--tag", "v*", "--branch", "main"), "--branch and --tag both say what is taken"),
        (("-i", "../../x"), "there is no file ../../x in the repository"),
    ],
)
def test_mistakes(origin: Origin, words: tuple[str, ...], says: str) -> None:
    origin.commit("one")
    done = origin.pull(*words)
    assert done.returncode == 64
    assert says in done.stderr
    assert not origin.motd


def test_one_pull_at_a_time(origin: Origin) -> None:
    origin.commit("one")
    assert origin.pull().returncode == 0
    (folder,) = origin.state.glob("hardener/pull/*")
    held = os.open(folder, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    busy = origin.pull()
    os.close(held)
    assert busy.returncode == 1
    assert "another pull of this repository is at work" in busy.stderr


def test_what_a_killed_git_has_left_stops_no_later_pull(origin: Origin) -> None:
    origin.commit("one")
    assert origin.pull().returncode == 0
    (folder,) = origin.state.glob("hardener/pull/*")
    packs = folder / "git/objects/pack"
    packs.mkdir(exist_ok=True)
    left = [
        folder / "index.lock",
        folder / "git/HEAD.lock",
        folder / "git/refs/harden/pulled.lock",
        folder / "git/packed-refs.lock",
        packs / "tmp_pack_x",
    ]
    for path in left:
        path.touch()
    (folder / "tree/site.yml").write_text("no playbook")
    (folder / "tree/more").touch()
    origin.commit("two")
    done = origin.pull()
    assert done.returncode == 0, done.stderr
    assert origin.motd == "two"
    assert not [path for path in left if path.exists()]
    assert not (folder / "tree/more").exists()
