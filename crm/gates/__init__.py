"""Whether we may write to somebody now: facts, pure rules, caps, and the words for each verdict."""
