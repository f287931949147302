"""Text formats, one module each: text in, text out, no input or output of their own.

Text is what the caller decoded with `surrogateescape`, so every file can be read.
Printing what was parsed gives the same text, always; an edit touches the bytes
that were asked for and no others. What can't be written raises `Refused`.
"""
