"""Where they talk and agree: workspaces, audiences, topics, messages, sign-offs, and the numbered streams that carry every
change to open pages. Knows offices and seats from `cohorts`; knows nothing of what is signed."""
