"""What a misspelt word may have been meant for."""


def nearest(word, known, alike=0.6):
    """Return which of these it is most like, by so much at least (0 to 1); "" if it is like none."""
    import difflib  # a run in which all is well needs none

    return (difflib.get_close_matches(word, known, 1, alike) or [""])[0]
