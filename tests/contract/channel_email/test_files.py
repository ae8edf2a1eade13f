"""Files and whole mails over HTTP: for those with the right to them, on record, and never to be run."""

from chassis.ids import uuid7
from contracts.interactions import MessageReceived
from contracts.values import Attachment
from tests.contract.channel_email.conftest import Post, mail

READ = "cases:read"


async def received_with_file(
    post: Post, content: bytes = b"%PDF-1.7 x", kind: str = "application/pdf", name: str = "面单 “1”.pdf"
) -> tuple[MessageReceived, Attachment]:
    """A mail with one file."""
    message = mail("见附件\n\n在 2026-01-05 09:00，客服 写道：\n> 请发面单")
    maintype, _, subtype = kind.partition("/")
    message.add_attachment(content, maintype=maintype, subtype=subtype, filename=name)
    await post.smtp(message)
    (received,) = await post.received()
    (file,) = received.personal.attachments
    return received, file


class TestAttachment:
    async def test_is_handed_out_as_a_download(self, post: Post) -> None:
        _, file = await received_with_file(post)
        assert file.url == f"/email/v1/attachments/{file.attachment_id}"
        async with post.world.client(post.service, READ) as client:
            answer = await client.get(file.url.removeprefix("/email"))
        assert answer.status_code == 200
        assert answer.content == b"%PDF-1.7 x"
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["content-disposition"].startswith("attachment;")
        assert "filename*=UTF-8''%E9%9D%A2%E5%8D%95%20%E2%80%9C1%E2%80%9D.pdf" in answer.headers["content-disposition"]
        assert answer.headers["x-content-type-options"] == "nosniff"

    async def test_what_could_run_is_plain_bytes(self, post: Post) -> None:
        _, file = await received_with_file(post, b"<script>alert(1)</script>", "text/html", "bill.html")
        async with post.world.client(post.service, READ) as client:
            answer = await client.get(file.url.removeprefix("/email"))
        assert answer.headers["content-type"] == "application/octet-stream"
        assert "sandbox" in answer.headers["content-security-policy"]

    async def test_what_the_scanner_finds_stays_shut(self, post: Post) -> None:
        _, file = await received_with_file(post, b"MZ\x90\0", "image/png", "photo.png")
        async with post.world.client(post.service, READ) as client:
            answer = await client.get(file.url.removeprefix("/email"))
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:posthouse:problem:quarantined")
        assert "Program" in answer.json()["detail"]

    async def test_names_cannot_break_the_header(self, post: Post) -> None:
        await post.smtp(
            b"From: a@c.example\r\nContent-Type: application/pdf\r\n"
            b"Content-Disposition: attachment; filename*=utf-8''a%22%3Bb%0D%0AX-Evil%3A%201.pdf\r\n\r\n%PDF\r\n"
        )
        (received,) = await post.received()
        (file,) = received.personal.attachments
        async with post.world.client(post.service, READ) as client:
            answer = await client.get(file.url.removeprefix("/email"))
        assert answer.status_code == 200
        assert "x-evil" not in answer.headers
        assert answer.headers["content-disposition"].startswith('attachment; filename="a_;b X-Evil: 1.pdf";')

    async def test_needs_the_scope(self, post: Post) -> None:
        _, file = await received_with_file(post)
        path = file.url.removeprefix("/email")
        async with post.world.client(post.service) as nobody, post.world.client(post.service, "cases:write") as other:
            assert (await nobody.get(path)).status_code == 401
            assert (await other.get(path)).status_code == 403

    async def test_the_read_is_on_record(self, post: Post) -> None:
        received, file = await received_with_file(post)
        async with post.world.client(post.service, READ) as client:
            await client.get(file.url.removeprefix("/email"))
        (row,) = await post.rows("select actor, action, resource from audit")
        assert (row["action"], row["resource"]) == ("attachment.read", f"message/{received.message_id}")

    async def test_unknown_and_malformed_ids(self, post: Post) -> None:
        async with post.world.client(post.service, READ) as client:
            assert (await client.get(f"/v1/attachments/{uuid7()}")).status_code == 404
            assert (await client.get("/v1/attachments/..%2F..%2Fetc%2Fpasswd")).status_code in (400, 404)
            assert (await client.get("/v1/attachments/nonsense")).status_code == 400


class TestMessage:
    async def test_has_the_text_that_was_trimmed(self, post: Post) -> None:
        received, file = await received_with_file(post)
        assert received.personal.text == "见附件"
        async with post.world.client(post.service, READ) as client:
            whole = (await client.get(f"/v1/messages/{received.message_id}")).json()
        assert whole["text"] == "见附件"
        assert "> 请发面单" in whole["full_text"]
        assert whole["files"][0]["attachment_id"] == file.attachment_id

    async def test_the_original_is_kept_byte_for_byte(self, post: Post) -> None:
        raw = mail("原件").as_bytes().replace(b"\n", b"\r\n")
        await post.smtp(raw)
        (received,) = await post.received()
        async with post.world.client(post.service, READ) as client:
            answer = await client.get(f"/v1/messages/{received.message_id}/original")
        assert answer.content == raw
        assert answer.headers["content-type"] == "message/rfc822"

    async def test_html_is_safe(self, post: Post) -> None:
        message = mail("plain")
        message.add_alternative(
            "<p onclick=x()>Hi <script>alert(1)</script><img src='https://spy.example/p.gif'><img src='cid:logo'></p>",
            subtype="html",
        )
        await post.smtp(message)
        (received,) = await post.received()
        assert received.personal.html == '<p>Hi <img><img src="cid:logo"></p>'

    async def test_unknown(self, post: Post) -> None:
        async with post.world.client(post.service, READ) as client:
            assert (await client.get(f"/v1/messages/{uuid7()}")).status_code == 404
            assert (await client.get(f"/v1/messages/{uuid7()}/original")).status_code == 404

    async def test_a_lost_blob_is_no_server_error(self, post: Post) -> None:
        received, _ = await received_with_file(post)
        async with post.service.db.transaction() as tx:
            await tx.fetch("update inbound_message set raw = repeat('0', 64)")
        async with post.world.client(post.service, READ) as client:
            assert (await client.get(f"/v1/messages/{received.message_id}/original")).status_code == 404
