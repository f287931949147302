"""Keys that stand several times: have exactly these values, one line each."""


def with_values(ini, section, key, values):
    """The ini with these occurrences in this order; those that are right stay where they are."""
    from difflib import SequenceMatcher  # most runs change no list

    old = [option.value for option in ini.occurrences(section, key)]
    parts = SequenceMatcher(None, old, values, False).get_opcodes()
    for word, start, stop, first, last in reversed(parts):
        if word != "equal":
            ini = exchanged(ini, section, key, start, stop, values[first:last])
    return ini


def exchanged(ini, section, key, start, stop, values):
    """Have these values instead of the occurrences from start to stop."""
    both = min(stop - start, len(values))
    ini = ini.without(ini.occurrences(section, key)[start + both : stop])
    for value in reversed(values[both:]):
        ini = ini.add(section, key, value, after_line(ini, section, key, start + both))
    for number in range(both):
        ini = ini.change(ini.occurrences(section, key)[start + number], values[number])
    return ini


def after_line(ini, section, key, number):
    """The line, from 0, for one more occurrence of this number; None where it is the first."""
    there = ini.occurrences(section, key)
    if not there:
        return None
    return there[number - 1].lines[-1] + 1 if number else there[0].lines[0]
