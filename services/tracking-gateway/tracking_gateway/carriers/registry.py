"""The sources of this deployment: what its settings have accounts for."""

from pydantic import SecretStr

from chassis.clock import Clock
from tracking_gateway.carriers.aftership.client import AftershipClient
from tracking_gateway.carriers.aftership.push import AftershipPush
from tracking_gateway.carriers.aftership.subscribe import AftershipSubscriptions
from tracking_gateway.carriers.dhl.client import DhlClient
from tracking_gateway.carriers.easypost.client import EasypostClient
from tracking_gateway.carriers.easypost.push import EasypostPush
from tracking_gateway.carriers.easypost.subscribe import EasypostSubscriptions
from tracking_gateway.carriers.fedex.client import FEDEX
from tracking_gateway.carriers.kdniao.client import KdniaoClient
from tracking_gateway.carriers.kdniao.push import KdniaoPush
from tracking_gateway.carriers.kdniao.subscribe import KdniaoSubscriptions
from tracking_gateway.carriers.kuaidi100.client import Kuaidi100Client
from tracking_gateway.carriers.kuaidi100.push import Kuaidi100Push
from tracking_gateway.carriers.kuaidi100.subscribe import Kuaidi100Subscriptions
from tracking_gateway.carriers.oauth_carrier import OAuthCarrierClient
from tracking_gateway.carriers.port import PushSource, QuerySource, SubscribeSource
from tracking_gateway.carriers.sf.client import SfClient
from tracking_gateway.carriers.sf.push import SfPush
from tracking_gateway.carriers.track17.client import Track17Client
from tracking_gateway.carriers.track17.push import Track17Push
from tracking_gateway.carriers.track17.subscribe import Track17Subscriptions
from tracking_gateway.carriers.ups.client import UPS
from tracking_gateway.carriers.usps.client import USPS
from tracking_gateway.settings import Settings


def push_sources(settings: Settings) -> list[PushSource]:
    """Every push we understand; those without a secret refuse what comes."""
    return [
        Kuaidi100Push(_shown(settings.kuaidi100_salt)),
        KdniaoPush(settings.kdniao_business_id, _shown(settings.kdniao_app_key)),
        Track17Push(_shown(settings.track17_key)),
        AftershipPush(_shown(settings.aftership_webhook_secret)),
        EasypostPush(_shown(settings.easypost_webhook_secret)),
        SfPush(_shown(settings.sf_push_token)),
    ]


def query_sources(settings: Settings, clock: Clock, timeout: float) -> list[QuerySource]:
    """Sources that can be asked, in order of preference: the carriers themselves first, then those who resell them."""
    return [*_carriers(settings, clock, timeout), *_aggregators(settings, timeout)]


def _carriers(settings: Settings, clock: Clock, timeout: float) -> list[QuerySource]:
    found: list[QuerySource] = []
    if settings.sf_partner_id and (word := _shown(settings.sf_check_word)):
        found.append(
            SfClient(
                url=settings.sf_url,
                partner_id=settings.sf_partner_id,
                check_word=word,
                timeout_seconds=timeout,
                clock=clock,
            )
        )
    for api, url, client_id, secret in (
        (UPS, settings.ups_url, settings.ups_client_id, settings.ups_client_secret),
        (FEDEX, settings.fedex_url, settings.fedex_client_id, settings.fedex_client_secret),
        (USPS, settings.usps_url, settings.usps_client_id, settings.usps_client_secret),
    ):
        if client_id and (shown := _shown(secret)):
            found.append(
                OAuthCarrierClient(
                    api, url=url, client_id=client_id, secret=shown, timeout_seconds=timeout, clock=clock
                )
            )
    if key := _shown(settings.dhl_api_key):
        found.append(DhlClient(url=settings.dhl_url, api_key=key, timeout_seconds=timeout))
    return found


def _aggregators(settings: Settings, timeout: float) -> list[QuerySource]:
    found: list[QuerySource] = []
    if settings.kuaidi100_customer and (key := _shown(settings.kuaidi100_key)):
        customer = settings.kuaidi100_customer
        found.append(Kuaidi100Client(url=settings.kuaidi100_url, customer=customer, key=key, timeout_seconds=timeout))
    if settings.kdniao_business_id and (key := _shown(settings.kdniao_app_key)):
        business_id = settings.kdniao_business_id
        found.append(
            KdniaoClient(url=settings.kdniao_url, business_id=business_id, app_key=key, timeout_seconds=timeout)
        )
    if key := _shown(settings.track17_key):
        found.append(Track17Client(url=settings.track17_url, key=key, timeout_seconds=timeout))
    if key := _shown(settings.aftership_api_key):
        found.append(AftershipClient(url=settings.aftership_url, api_key=key, timeout_seconds=timeout))
    if key := _shown(settings.easypost_api_key):
        found.append(EasypostClient(url=settings.easypost_url, api_key=key, timeout_seconds=timeout))
    return found


def subscribe_sources(settings: Settings, timeout: float, public_base_url: str) -> list[SubscribeSource]:
    """Providers that watch parcels for us, in order of preference. One whose pushes we could not verify is left out."""
    found: list[SubscribeSource] = []
    key, salt = _shown(settings.kuaidi100_key), _shown(settings.kuaidi100_salt)
    if key and salt:
        callback = f"{public_base_url}/tracking/v1/kuaidi100/push"
        found.append(
            Kuaidi100Subscriptions(
                url=settings.kuaidi100_url, key=key, salt=salt, callback_url=callback, timeout_seconds=timeout
            )
        )
    if settings.kdniao_business_id and (key := _shown(settings.kdniao_app_key)):
        business_id = settings.kdniao_business_id
        found.append(
            KdniaoSubscriptions(url=settings.kdniao_url, business_id=business_id, app_key=key, timeout_seconds=timeout)
        )
    if key := _shown(settings.track17_key):
        found.append(Track17Subscriptions(url=settings.track17_url, key=key, timeout_seconds=timeout))
    if (key := _shown(settings.aftership_api_key)) and _shown(settings.aftership_webhook_secret):
        found.append(AftershipSubscriptions(url=settings.aftership_url, api_key=key, timeout_seconds=timeout))
    if (key := _shown(settings.easypost_api_key)) and _shown(settings.easypost_webhook_secret):
        found.append(EasypostSubscriptions(url=settings.easypost_url, api_key=key, timeout_seconds=timeout))
    return found


def _shown(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret and secret.get_secret_value() else None
