"""Puts emphasis on words."""


def emphasis(text):
    return f"{text.upper()}!"
