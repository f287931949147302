"""What a step is known by to later ones."""


def told_by_another(calls):
    """Return the result of a step that another host has done for this one, too (`run_once`)."""
    return calls[0].get("told") if calls else None


def registered(results, call):
    """Return what `register` keeps of a step: its result, or those of all items of its loop."""
    if call.get("looped"):
        return {
            "results": results,
            "changed": any(r.get("changed") for r in results),
            "failed": any(r.get("failed") for r in results),
            "skipped": all(r.get("skipped") for r in results),
            "unknown": any(r.get("unknown") for r in results),
        }
    return results[0] if results else {"skipped": True, "changed": False, "failed": False}
