"""Files on cases: what they are is looked at, what is wrong with them keeps them shut, who may read them is asked."""

import io
import zipfile
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from chassis.files.scan import EICAR
from contracts.sends import MessageSendRequested
from contracts.values import Channel
from tests.contract.cases.conftest import Bench
from tests.support.world import World

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


@pytest.fixture(autouse=True)
def _own_folder(world: World, tmp_path: Path) -> None:
    world.runtime.settings.data_dir = str(tmp_path)


def macro() -> bytes:
    """A document with a macro in it."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/vbaProject.bin", b"x")
    return made.getvalue()


async def test_a_file_goes_with_a_note_and_a_mail(bench: Bench) -> None:
    case_id, _ = await bench.owned_case("hello", channel=Channel.EMAIL, address="kim@example.org")
    async with bench.agent() as agent, bench.agent("agent-2") as stranger:
        url = f"/v1/cases/{case_id}"
        put = await agent.post(f"{url}/attachments", params={"name": "..\\C:/x/破损.exe.png"}, content=PNG)
        assert put.status_code == 201, put.text
        file = put.json()
        assert (file["name"], file["content_type"], file["size"], file["state"]) == (
            "破损.exe.png",
            "image/png",
            48,
            "clean",
        )
        note = await agent.post(f"{url}/notes", json={"text": "照片", "attachment_ids": [file["id"]]})
        assert note.json()["attachments"][0]["url"] == f"/cases/v1/attachments/{file['id']}"
        sent = await agent.post(f"{url}/messages", json={"text": "see photo", "attachment_ids": [file["id"]]})
        assert sent.status_code == 201, sent.text
        (request,) = await bench.world.wait_published(MessageSendRequested)
        assert [(a.name, a.sha256) for a in request.personal.attachments] == [("破损.exe.png", file["sha256"])]

        got = await agent.get(f"/v1/attachments/{file['id']}")
        assert (got.content, got.headers["content-type"]) == (PNG, "image/png")
        assert got.headers["content-disposition"].startswith("attachment;")
        assert got.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in got.headers["content-security-policy"]
        assert (await stranger.get(f"/v1/attachments/{file['id']}")).status_code == 403
        assert (await agent.get(f"/v1/attachments/{uuid4()}")).status_code == 404
        unknown = await agent.post(f"{url}/notes", json={"text": "x", "attachment_ids": [str(uuid4())]})
        assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (400, "#/attachment_ids/0")
    assert await bench.value("select count(*) from audit where action = 'attachment.read'") == 1


async def test_what_is_found_is_quarantined_and_shown(bench: Bench) -> None:
    case_id, _ = await bench.owned_case("hello")
    async with bench.agent() as agent:
        url = f"/v1/cases/{case_id}"
        for name, content, finding in (
            ("eicar.txt", EICAR, "EICAR-Test-File"),
            ("offer.docm", macro(), "Macro"),
            ("setup.bin", b"MZ\x90\0", "Program"),
        ):
            put = await agent.post(f"{url}/attachments", params={"name": name}, content=content)
            assert (put.status_code, put.json()["state"], put.json()["finding"]) == (201, "quarantined", finding)
            shut = await agent.get(f"/v1/attachments/{put.json()['id']}")
            assert (shut.status_code, shut.json()["type"]) == (409, "urn:posthouse:problem:quarantined")
            sent = await agent.post(f"{url}/messages", json={"text": "x", "attachment_ids": [put.json()["id"]]})
            assert sent.status_code == 400 and finding in sent.json()["detail"]
        entries = (await agent.get(f"{url}/timeline", headers={"Accept-Language": "en-GB"})).json()["items"]
        assert next(e["text"] for e in entries if e["code"] == "attachment.quarantined") == (
            "File eicar.txt is quarantined and cannot be opened: EICAR-Test-File"
        )
        assert len((await agent.get(f"{url}/attachments")).json()) == 3


async def test_refusals_change_nothing(bench: Bench) -> None:
    case_id, _ = await bench.owned_case("hello")
    async with bench.agent() as agent:
        url = f"/v1/cases/{case_id}/attachments"
        before = await bench.value("select last_seq from service_case where id = $1", case_id)
        page = await agent.post(url, params={"name": "a.png"}, content=b"<html><script>alert(1)</script></html>")
        assert (page.status_code, page.json()["type"]) == (422, "urn:posthouse:problem:file-type-not-allowed")
        assert (await agent.post(url, params={"name": "a.png"}, content=b"")).status_code == 400
        assert (await agent.post(url, content=PNG)).status_code == 400
        huge = await agent.post(
            url,
            params={"name": "a.png"},
            content=PNG + b"\0" * (10 * 2**20),
            headers={"Content-Type": "application/octet-stream"},
        )
        assert (huge.status_code, huge.json()["type"]) == (413, "urn:posthouse:problem:too-large")
        large = PNG + b"\0" * 2**20
        bare = await agent.post(url, params={"name": "a.png"}, content=large)
        assert bare.status_code == 413  # what does not say that it is a file has the limit of other bodies
        small = await agent.post(url, params={"name": "a.png"}, content=PNG)
        by_sms = await agent.post(
            f"/v1/cases/{case_id}/messages", json={"text": "x", "attachment_ids": [small.json()["id"]]}
        )
        assert (by_sms.status_code, by_sms.json()["type"]) == (409, "urn:posthouse:problem:no-channel")
        missing: UUID = uuid4()
        assert (
            await agent.post(f"/v1/cases/{missing}/attachments", params={"name": "a"}, content=PNG)
        ).status_code == 404
        kind = {"Content-Type": "application/octet-stream"}
        assert (await agent.post(url, params={"name": "b.png"}, content=large, headers=kind)).status_code == 201
    assert await bench.value("select last_seq from service_case where id = $1", case_id) == before + 2
