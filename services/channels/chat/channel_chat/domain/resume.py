"""Where a client that comes back is continued."""

from dataclasses import dataclass

AHEAD = "ahead"
UNKNOWN_INTERACTION = "unknown_interaction"
TOO_FAR_BEHIND = "too_far_behind"


@dataclass(frozen=True)
class Resume:
    """Entries after `after` follow. With `reason`, the client must drop its copy first."""

    after: int
    reason: str | None = None


def resume(*, claimed: int, interaction_is_ours: bool, last_seq: int, limit: int) -> Resume:
    """Continue a client that says it has everything up to `claimed`.

    `interaction_is_ours` is False if the client names an interaction that is not of this conversation. A client that
    cannot be continued starts over, at most `limit` entries back.
    """
    start_over = max(0, last_seq - limit)
    if not interaction_is_ours:
        return Resume(start_over, UNKNOWN_INTERACTION)
    if claimed > last_seq:
        return Resume(start_over, AHEAD)
    if last_seq - claimed > limit:
        return Resume(start_over, TOO_FAR_BEHIND)
    return Resume(claimed)
