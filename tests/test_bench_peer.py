"""The Deno peer of the append bench."""

import re

from run.local.binaries import ROOT


def test_what_the_peer_imports_is_there() -> None:
    peer = ROOT / "scripts/lib/prove/bench/peer.ts"
    imported = re.findall(r'from "(\.[^"]+)"', peer.read_text(encoding="utf-8"))
    assert imported
    assert [path for path in imported if not (peer.parent / path).is_file()] == []
