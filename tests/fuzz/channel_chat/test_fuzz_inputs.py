"""Whatever strangers send, the readers answer with a value or name what is wrong."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from channel_chat.domain.frames import InvalidField, read_client_msg_id, read_hello, read_number, read_text
from channel_chat.telegram.inbound import Blocked, Incoming, MalformedUpdate, read_update

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=30)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=12), inner, max_size=4)),
    max_leaves=12,
)
FRAME_FIELDS = ["type", "token", "last_seq", "interaction", "client_msg_id", "text", "seq", "n", "on"]
FRAMES = st.dictionaries(st.one_of(st.sampled_from(FRAME_FIELDS), st.text(max_size=8)), JSON, max_size=8)

USERS = st.one_of(JSON, st.fixed_dictionaries({"id": st.integers(), "is_bot": st.booleans(), "first_name": st.text()}))
CHATS = st.one_of(
    JSON, st.fixed_dictionaries({"id": st.integers(), "type": st.sampled_from(["private", "group", "?"])})
)
MESSAGE_FIELDS = {
    "message_id": st.one_of(st.integers(), JSON),
    "date": st.one_of(st.integers(0, 2**33), JSON),
    "chat": CHATS,
}
MESSAGES = st.builds(
    lambda base, extra: {**base, **extra},
    st.fixed_dictionaries(MESSAGE_FIELDS),
    st.dictionaries(
        st.sampled_from(["from", "text", "caption", "photo", "location", "contact", "document", "sticker", "venue"]),
        st.one_of(JSON, USERS),
        max_size=4,
    ),
)
UPDATES = st.builds(
    lambda update_id, content: {"update_id": update_id, **content},
    st.one_of(st.integers(), JSON),
    st.dictionaries(
        st.sampled_from(["message", "edited_message", "my_chat_member", "callback_query", "later"]),
        st.one_of(MESSAGES, JSON),
        max_size=2,
    ),
)


@given(FRAMES)
def test_frames(frame: dict[str, Any]) -> None:
    for read in (
        lambda: read_hello(frame),
        lambda: read_client_msg_id(frame.get("client_msg_id")),
        lambda: read_text(frame.get("text"), 20),
        lambda: read_number(frame, "seq"),
    ):
        try:
            assert read() is not None
        except InvalidField as error:
            assert error.field in FRAME_FIELDS


@given(st.one_of(UPDATES, JSON))
def test_updates(payload: object) -> None:
    try:
        update_id, told = read_update(payload)
    except MalformedUpdate as error:
        assert error.field in ("", "update_id")
    else:
        assert update_id >= 0
        assert told is None or isinstance(told, Incoming | Blocked)
        if told is not None:
            assert int(told.chat_id) is not None
