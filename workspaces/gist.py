"""What a message says, in one line."""

from django.utils.text import get_text_list

from .markdown import excerpt


def gist_of(message):
    """The beginning of its words; of a message without words, its files. Wants `attachments` at hand."""
    return excerpt(message.body) or files_in_words(message)


def attachments_on(message):
    """The files that hang on it now."""
    return [each for each in message.attachments.all() if each.removed_at is None] if message.deleted_at is None else []


def files_in_words(message):
    files = attachments_on(message)
    return f"Sent {get_text_list([f'“{each.name}”' for each in files], 'and')}" if files else ""
