"""One example of every event type: documentation for integrators, and the data that compatibility is checked with.

The people and numbers are invented. Numbers come from ranges reserved for fiction where a country has them.
"""

from datetime import UTC, datetime
from uuid import UUID

from contracts import assignments, cases, customers, interactions, orders, parcels, sends, work
from contracts.event import EventData
from contracts.values import Attachment, Channel, ContactKind, EndedBy, Language, MessageStatus

_AT = datetime(2026, 1, 5, 1, 30, tzinfo=UTC)
_LATER = datetime(2026, 1, 5, 1, 45, tzinfo=UTC)
_INTERACTION = UUID("019b8a00-0000-7000-8000-000000000001")
_MESSAGE = UUID("019b8a00-0000-7000-8000-000000000002")
_CASE = UUID("019b8a00-0000-7000-8000-000000000003")
_CUSTOMER = UUID("019b8a00-0000-7000-8000-000000000004")
_WORK = UUID("019b8a00-0000-7000-8000-000000000005")
_OFFER = UUID("019b8a00-0000-7000-8000-000000000006")
_PARCEL = UUID("019b8a00-0000-7000-8000-000000000007")
_APPROVAL = UUID("019b8a00-0000-7000-8000-000000000009")
_CALL = UUID("019b8a00-0000-7000-8000-000000000008")
_OTHER_CASE = UUID("019b8a00-0000-7000-8000-000000000031")
_MERGE = UUID("019b8a00-0000-7000-8000-000000000032")
_INCIDENT = UUID("019b8a00-0000-7000-8000-00000000000a")
_NOTICE = UUID("019b8a00-0000-7000-8000-00000000000b")
_WAYBILL = "SF1000000000017"

_ORDER = UUID("019b8a00-0000-7000-8000-000000000021")
_TERMS = orders.OrderTerms(
    goods_name="documents",
    goods_nature="documents",
    goods_quantity=1,
    product="standard",
    mode="air",
    weight_g=800,
    chargeable_g=1000,
    freight=2200,
    currency="CNY",
    payment_method="sender_at_pickup",
    pickup_from=_AT,
    pickup_to=_LATER,
    tariff_version="2026-1",
    goods_list_version="2026-1",
)
_PARTIES = orders.OrderPersonal(
    sender=orders.OrderParty(
        name="Wang Fang", phone="+12025550123", province="GD", city="Shenzhen", address="1 Keji Road"
    ),
    recipient=orders.OrderParty(
        name="Li Lei", phone="+12025550124", province="BJ", city="Beijing", address="88 Jianguo Road"
    ),
)

EXAMPLES: tuple[EventData, ...] = (
    interactions.InteractionStarted(
        interaction_id=_INTERACTION,
        channel=Channel.SMS,
        direction="inbound",
        account="+12025550100",
        contact_kind=ContactKind.PHONE,
        language=Language.EN,
        occurred_at=_AT,
        personal=interactions.ContactPersonal(address="+12025550123", display_name=None),
    ),
    interactions.MessageReceived(
        interaction_id=_INTERACTION,
        message_id=_MESSAGE,
        seq=1,
        channel=Channel.SMS,
        provider="twilio",
        provider_message_id="SM00000000000000000000000000000001",
        occurred_at=_AT,
        personal=interactions.MessagePersonal(
            text=f"Where is my parcel {_WAYBILL}?",
            sender="+12025550123",
            attachments=(
                Attachment(
                    attachment_id="a1",
                    name="label.jpg",
                    content_type="image/jpeg",
                    size=48_213,
                    url="https://contact.example/sms/v1/attachments/a1",
                ),
            ),
        ),
    ),
    interactions.MessageStatusChanged(
        interaction_id=_INTERACTION,
        message_id=_MESSAGE,
        channel=Channel.SMS,
        status=MessageStatus.DELIVERED,
        provider_message_id="SM00000000000000000000000000000002",
        occurred_at=_LATER,
    ),
    interactions.InteractionQueued(
        interaction_id=_INTERACTION, channel=Channel.VOICE, waybill_no=_WAYBILL, occurred_at=_AT
    ),
    interactions.InteractionAnswered(
        interaction_id=_INTERACTION, channel=Channel.VOICE, agent_id="li.na", occurred_at=_LATER
    ),
    interactions.CallFailed(
        interaction_id=_INTERACTION,
        call_request_id=_CALL,
        agent_id="li.na",
        work_item_id=_WORK,
        reason="no_answer",
        occurred_at=_LATER,
    ),
    interactions.InteractionSelfServed(
        interaction_id=_INTERACTION,
        channel=Channel.VOICE,
        service="tracking",
        waybill_no=_WAYBILL,
        found=True,
        answer="Out for delivery in Hangzhou since 08:12.",
        occurred_at=_AT,
    ),
    interactions.InteractionEnded(
        interaction_id=_INTERACTION, channel=Channel.CHAT, ended_by=EndedBy.CUSTOMER, occurred_at=_LATER
    ),
    sends.MessageSendRequested(
        interaction_id=_INTERACTION,
        message_id=_MESSAGE,
        case_id=_CASE,
        case_no="PH-20260105-0001",
        channel=Channel.SMS,
        author="li.na",
        author_name="Li Na",
        requested_at=_LATER,
        personal=sends.OutboundPersonal(text="Your parcel is out for delivery and arrives today before 18:00."),
    ),
    sends.CallRequested(
        interaction_id=_INTERACTION,
        call_request_id=_CALL,
        case_id=_CASE,
        agent_id="li.na",
        work_item_id=_WORK,
        requested_at=_LATER,
    ),
    sends.InteractionEndRequested(
        interaction_id=_INTERACTION, channel=Channel.CHAT, ended_by=EndedBy.AGENT, requested_at=_LATER
    ),
    customers.CustomerErased(customer_id=_CUSTOMER, interaction_ids=(_INTERACTION,), erased_at=_LATER),
    cases.CaseOpened(
        case_id=_CASE,
        case_no="PH-20260105-0001",
        customer_id=_CUSTOMER,
        case_type="tracking",
        procedure="tracking_query",
        procedure_version=1,
        channel=Channel.SMS,
        interaction_id=_INTERACTION,
        waybill_no=_WAYBILL,
        occurred_at=_AT,
    ),
    cases.CaseClassified(
        case_id=_CASE,
        case_type="complaint",
        procedure="complaint",
        procedure_version=1,
        previous_case_type="tracking",
        previous_procedure="tracking_query",
        actor="li.na",
        reason="the customer complains about the courier",
        occurred_at=_LATER,
    ),
    cases.CaseStepCompleted(case_id=_CASE, step="identify", next_step="query", actor="li.na", occurred_at=_LATER),
    cases.CaseDeviationRecorded(
        case_id=_CASE,
        step="answer",
        deviation="closed without answer_text",
        reason="the customer withdrew the question",
        actor="li.na",
        occurred_at=_LATER,
    ),
    cases.CaseDeadlineApproaching(
        case_id=_CASE, step="verify_ops", limit="overall", percent=50, due_at=_LATER, occurred_at=_AT
    ),
    cases.CaseDeadlineMissed(
        case_id=_CASE, step="answer", limit="answer within 3 minutes", due_at=_AT, occurred_at=_LATER
    ),
    cases.CaseEscalated(
        case_id=_CASE, step="verify_ops", role="supervisor", cause="overall", actor="system", occurred_at=_LATER
    ),
    cases.CaseApprovalRequested(
        case_id=_CASE,
        approval_id=_APPROVAL,
        kind="compensation",
        step="approval",
        amount_minor=10_800,
        currency="CNY",
        authority="supervisor",
        requested_by="li.na",
        occurred_at=_AT,
    ),
    cases.CaseApprovalDecided(
        case_id=_CASE,
        approval_id=_APPROVAL,
        kind="compensation",
        decision="approved",
        amount_minor=10_800,
        currency="CNY",
        requested_by="li.na",
        decided_by="chen.jing",
        reason="as the rules say",
        occurred_at=_LATER,
    ),
    cases.CaseClosed(
        case_id=_CASE,
        customer_id=_CUSTOMER,
        resolution="answered",
        actor="li.na",
        interaction_ids=(_INTERACTION,),
        occurred_at=_LATER,
    ),
    cases.CaseReopened(case_id=_CASE, actor="customer", reason="the customer wrote again", occurred_at=_LATER),
    cases.CaseMerged(
        case_id=_CASE,
        merged_case_id=_OTHER_CASE,
        customer_id=_CUSTOMER,
        merge_id=_MERGE,
        reason="both about the same parcel",
        actor="li.na",
        occurred_at=_LATER,
    ),
    cases.CaseUnmerged(
        case_id=_CASE,
        unmerged_case_id=_OTHER_CASE,
        customer_id=_CUSTOMER,
        merge_id=_MERGE,
        reason="two parcels after all",
        actor="li.na",
        occurred_at=_LATER,
    ),
    cases.CaseSplit(
        case_id=_CASE,
        new_case_id=_OTHER_CASE,
        customer_id=_CUSTOMER,
        interaction_ids=(_INTERACTION,),
        reason="a second matter: the invoice",
        actor="li.na",
        occurred_at=_LATER,
    ),
    work.WorkRequested(
        work_item_id=_WORK,
        case_id=_CASE,
        case_no="PH-20260105-0001",
        interaction_id=_INTERACTION,
        channel=Channel.SMS,
        queue="tracking",
        skills=(work.SkillNeed(skill="tracking", level=1),),
        language=Language.EN,
        priority=5,
        waybill_no=_WAYBILL,
        enqueued_at=_AT,
        personal=work.WorkPersonal(customer_name=None, preview=f"Where is my parcel {_WAYBILL}?"),
    ),
    work.WorkChanged(work_item_id=_WORK, change="finished", occurred_at=_LATER),
    work.WorkCallbackRequested(work_item_id=_WORK, not_before=_LATER, occurred_at=_AT),
    work.WorkCancelled(work_item_id=_WORK, reason="the customer hung up", abandoned=True, occurred_at=_LATER),
    assignments.WorkOffered(
        work_item_id=_WORK,
        offer_id=_OFFER,
        agent_id="li.na",
        queue="tracking",
        channel=Channel.SMS,
        expires_at=_LATER,
        occurred_at=_AT,
    ),
    assignments.WorkDeclined(
        work_item_id=_WORK, offer_id=_OFFER, agent_id="li.na", reason="busy with a call", occurred_at=_AT
    ),
    assignments.WorkTimedOut(work_item_id=_WORK, offer_id=_OFFER, agent_id="li.na", occurred_at=_LATER),
    assignments.WorkRescinded(
        work_item_id=_WORK, offer_id=_OFFER, agent_id="li.na", reason="the work was cancelled", occurred_at=_LATER
    ),
    assignments.WorkAccepted(
        work_item_id=_WORK,
        case_id=_CASE,
        interaction_id=_INTERACTION,
        offer_id=_OFFER,
        agent_id="li.na",
        agent_name="Li Na",
        queue="tracking",
        channel=Channel.SMS,
        enqueued_at=_AT,
        waited_seconds=900.0,
        occurred_at=_LATER,
    ),
    assignments.WorkReleased(work_item_id=_WORK, agent_id="li.na", reason="signed out", occurred_at=_LATER),
    assignments.WorkCompleted(
        work_item_id=_WORK,
        agent_id="li.na",
        queue="tracking",
        channel=Channel.SMS,
        handled_seconds=184.5,
        wrap_up_seconds=12.0,
        occurred_at=_LATER,
    ),
    assignments.WorkOverflowed(
        work_item_id=_WORK, case_id=_CASE, queue="general", rule="expected_wait", occurred_at=_LATER
    ),
    assignments.WorkCallbackPromised(
        work_item_id=_WORK,
        case_id=_CASE,
        interaction_id=_INTERACTION,
        queue="tracking",
        not_before=_LATER,
        ahead=2,
        expected_wait_seconds=95.5,
        occurred_at=_AT,
    ),
    assignments.AgentSkillsChanged(agent_id="li.na", agent_name="Li Na", lost=("dangerous-goods",), occurred_at=_LATER),
    assignments.AgentAdherenceChanged(
        agent_id="li.na",
        agent_name="Li Na",
        cause="break_too_long",
        expected="available",
        presence="away",
        reason="break",
        began_at=_AT,
        occurred_at=_LATER,
    ),
    assignments.AgentStateChanged(
        agent_id="li.na", agent_name="Li Na", presence="away", reason="lunch", occurred_at=_LATER
    ),
    parcels.ScanRecorded(
        scan_id="HZ-20260105-000123",
        waybill_no=_WAYBILL,
        code="OUT_FOR_DELIVERY",
        description="快件正在派送途中",
        node="Hangzhou Xihu branch",
        city="Hangzhou",
        occurred_at=_AT,
    ),
    parcels.ParcelUpdated(
        parcel_id=_PARCEL,
        carrier="sf",
        waybill_no=_WAYBILL,
        status=parcels.ParcelStatus.OUT_FOR_DELIVERY,
        direction="forward",
        exceptions=(),
        status_since=_AT,
        last_event_at=_AT,
        last_event_text="快件正在派送途中",
        location="Hangzhou",
        occurred_at=_LATER,
    ),
    parcels.ParcelDelivered(
        parcel_id=_PARCEL, carrier="sf", waybill_no=_WAYBILL, delivered_at=_LATER, occurred_at=_LATER
    ),
    parcels.ParcelExceptionOpened(
        parcel_id=_PARCEL,
        carrier="sf",
        waybill_no=_WAYBILL,
        exception="BAD_ADDRESS",
        evidence="地址不详，无法派送",
        node="Hangzhou Xihu branch",
        occurred_at=_LATER,
    ),
    parcels.ParcelExceptionClosed(
        parcel_id=_PARCEL,
        carrier="sf",
        waybill_no=_WAYBILL,
        exception="BAD_ADDRESS",
        evidence="快件正在派送途中",
        occurred_at=_LATER,
    ),
    parcels.ShipmentDeclared(
        waybill_no=_WAYBILL,
        product="standard",
        origin=parcels.Area(country="CN", province="广东", city="深圳"),
        destination=parcels.Area(country="CN", province="浙江", city="杭州"),
        occurred_at=_AT,
        personal=parcels.ShipmentPersonal(
            sender=parcels.Party(name="示例店", phone="+8613800000000", address="深圳市示例路1号"),
            recipient=parcels.Party(name="李四", phone="+8613900000000", address="杭州市示例路2号"),
        ),
    ),
    parcels.ParcelIncidentOpened(
        incident_id=_INCIDENT,
        scope="vehicle",
        place="浙A00000",
        node="Hangzhou hub",
        exception="stalled",
        severity=2,
        evidence="5 parcels on 浙A00000: no event for 120 hours",
        count=5,
        parcels=(parcels.IncidentParcel(parcel_id=_PARCEL, waybill_no=_WAYBILL, carrier="posthouse"),),
        occurred_at=_LATER,
    ),
    parcels.ParcelIncidentJoined(
        incident_id=_INCIDENT,
        parcels=(parcels.IncidentParcel(parcel_id=_PARCEL, waybill_no=_WAYBILL, carrier="posthouse"),),
        count=6,
        occurred_at=_LATER,
    ),
    parcels.ParcelIncidentClosed(incident_id=_INCIDENT, reason="resolved", count=6, occurred_at=_LATER),
    parcels.ParcelSnapshotTaken(
        case_id=_CASE,
        waybill_no=_WAYBILL,
        found=True,
        parcel_id=_PARCEL,
        carrier="sf",
        status=parcels.ParcelStatus.IN_TRANSIT,
        promised_at=_LATER,
        as_of=_AT,
        occurred_at=_LATER,
        personal=parcels.QuotePersonal(texts={"zh-CN": "顺丰运单：运输中。", "en": "SF Express: on its way."}),
    ),
    parcels.ParcelNoticeRequested(
        notice_id=_NOTICE,
        case_id=_CASE,
        customer_id=_CUSTOMER,
        parcel_id=_PARCEL,
        waybill_no=_WAYBILL,
        rule="stalled",
        rules_version="2026-11-1",
        exception="stalled",
        channels=(Channel.CHAT, Channel.SMS),
        occurred_at=_LATER,
        personal=parcels.QuotePersonal(texts={"zh-CN": "您的快件暂无更新。", "en": "No news of your parcel."}),
    ),
    cases.CaseWaybillNamed(case_id=_CASE, customer_id=_CUSTOMER, waybill_no=_WAYBILL, occurred_at=_AT),
    cases.CaseNoticeSettled(case_id=_CASE, notice_id=_NOTICE, outcome="sent", channel=Channel.SMS, occurred_at=_LATER),
    orders.OrderPlaced(
        order_id=_ORDER, order_no="OD26-000123-4", source="agent", terms=_TERMS, occurred_at=_AT, personal=_PARTIES
    ),
    orders.OrderAmended(
        order_id=_ORDER,
        order_no="OD26-000123-4",
        changed=("pickup",),
        terms=_TERMS,
        occurred_at=_LATER,
        personal=_PARTIES,
    ),
    orders.OrderCancelled(order_id=_ORDER, order_no="OD26-000123-4", reason="not_needed", occurred_at=_LATER),
    orders.OrderStatusChanged(
        order_id=_ORDER,
        order_no="OD26-000123-4",
        status=orders.OrderStatus.PICKED_UP,
        waybill_no=_WAYBILL,
        occurred_at=_LATER,
    ),
)
