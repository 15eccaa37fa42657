"""Mail about what happens in workspaces. A row waits (`models.mails`); its words are made as it is sent, for who may read them
at that moment. What is one office's, or the two offices' alone, is never in a mail."""
