"""The only wiring: opens key ring and database and gives every service what it needs."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from argon2 import Parameters
from sqlalchemy import Engine
from sqlmodel import select

from core import key_check
from core.account import AccountService
from core.activity import ActivityService
from core.administration import Desk
from core.agents import AgentService
from core.audit_check import AuditCheck
from core.clock import Clock, utc_now
from core.code_post import CodePost
from core.config import Settings
from core.contract_calls import ContractCallService
from core.email_change import EmailChangeService
from core.enrolment import EnrolmentService
from core.exports import ExportService
from core.factor_resets import FactorResetService
from core.forcing import ForcingService
from core.forecast import ForecastService
from core.forgotten import ForgottenService
from core.group_members import MemberService
from core.groups import GroupService
from core.host_clock import HostClockService
from core.host_rescue import HostRescueService
from core.invitations import InvitationService
from core.last_visit import VisitService
from core.login import LoginService
from core.mail.service import MailService
from core.mail.settings import mail_server_of
from core.own_calls import OwnCallService
from core.own_sessions import SessionService
from core.ownership import OwnershipService
from core.passwords import PRODUCTION, Passwords
from core.people import PeopleService
from core.people_import import PeopleImportService
from core.proof import ProofService
from core.registration import RegistrationService
from core.rescue import RescueService
from core.resource_import import ResourceImportService
from core.resources import ResourceService
from core.second_factor import SecondFactorService
from core.shares import ShareService
from core.sight import SightService
from core.standing import StandingService
from core.support_desk import SupportDeskService
from core.support_pin import SupportPinService
from core.tickets import TicketService
from core.unlocking import Unlocking
from data.changes import Changes, Version
from data.engine import open_engine, reading, transaction
from data.faults import KeyRingExists, KeyRingMissing, KeyRingWrong
from data.migrating import ensure_schema, stored_version
from data.sealing import KeyRing
from data.tables import Installation
from data.upserts import insert_into


@dataclass(frozen=True)
class Services:
    """Every service of the core, over one database and one key ring."""

    engine: Engine
    keys: KeyRing
    registration: RegistrationService
    login: LoginService
    enrolment: EnrolmentService
    sessions: SessionService
    account: AccountService
    second_factor: SecondFactorService
    support_pin: SupportPinService
    proof: ProofService
    audit: AuditCheck
    host_clock: HostClockService
    host_rescue: HostRescueService
    people: PeopleService
    people_import: PeopleImportService
    resource_import: ResourceImportService
    exports: ExportService
    forcing: ForcingService
    groups: GroupService
    members: MemberService
    standing: StandingService
    rescue: RescueService
    invitations: InvitationService
    email_change: EmailChangeService
    ownership: OwnershipService
    forecast: ForecastService
    resources: ResourceService
    shares: ShareService
    sight: SightService
    visits: VisitService
    activity: ActivityService
    mail: MailService
    forgotten: ForgottenService
    agents: AgentService
    support_desk: SupportDeskService
    tickets: TicketService
    factor_resets: FactorResetService
    own_calls: OwnCallService
    contract_calls: ContractCallService
    changes: Changes
    now: Clock

    def version(self) -> Version | None:
        """Another one whenever anybody has written to the database; None where that cannot be told. See `Changes`."""
        return self.changes.version()

    def close(self) -> None:
        """Give the database's connections back."""
        self.changes.close()
        self.engine.dispose()


def open_services(settings: Settings, *, now: Clock = utc_now, cost: Parameters = PRODUCTION) -> Services:
    """Open what the settings name; a database and a key ring that are not there yet are made.

    Raises:
        Fault: database or key ring cannot be used. Nothing was made over anything.
        SettingRefused: a setting of mail cannot be used.
    """
    mail_server_of(settings)  # what is refused, is refused before anything is made
    engine = open_engine(settings.database_url)
    try:
        return services_on(engine, settings, now=now, cost=cost)
    except BaseException:
        engine.dispose()
        raise


def services_on(engine: Engine, settings: Settings, *, now: Clock = utc_now, cost: Parameters = PRODUCTION) -> Services:
    """As `open_services`, over an engine that is open already."""
    server = mail_server_of(settings)
    keys = _open_key_ring(settings, engine)
    ensure_schema(engine)
    _check_key_ring(settings, engine, keys, now=now)
    passwords, pins = Passwords(keys, cost), Passwords(keys, cost, "support PIN")
    desk = Desk(engine, keys, now)
    proof = ProofService(engine, keys, passwords, now)
    mail = MailService(engine, keys, server, settings.issuer, now)
    post = CodePost(mail.is_configured)
    return Services(
        engine=engine,
        keys=keys,
        registration=RegistrationService(
            engine, keys, passwords, on_first_start=settings.registration == "first-start", now=now
        ),
        login=LoginService(engine, keys, passwords, now),
        enrolment=EnrolmentService(engine, keys, settings.issuer, now),
        sessions=SessionService(engine, keys, Unlocking(engine, keys, passwords, now), now),
        account=AccountService(engine, keys, passwords, proof, now),
        second_factor=SecondFactorService(engine, keys, now),
        support_pin=SupportPinService(engine, keys, pins, now),
        proof=proof,
        audit=AuditCheck(engine, keys),
        host_clock=HostClockService(engine, keys, now),
        host_rescue=HostRescueService(engine, keys, now),
        people=PeopleService(desk),
        people_import=PeopleImportService(desk, post),
        resource_import=ResourceImportService(desk),
        exports=ExportService(desk),
        forcing=ForcingService(desk),
        groups=GroupService(desk),
        members=MemberService(desk),
        standing=StandingService(desk),
        rescue=RescueService(desk),
        invitations=InvitationService(desk, passwords, post),
        email_change=EmailChangeService(desk, post),
        ownership=OwnershipService(desk),
        forecast=ForecastService(desk),
        resources=ResourceService(desk),
        shares=ShareService(desk),
        sight=SightService(desk),
        visits=VisitService(engine, keys, now),
        activity=ActivityService(engine, now),
        mail=mail,
        forgotten=ForgottenService(engine, keys, mail.is_configured, now),
        agents=AgentService(engine, keys, now),
        support_desk=SupportDeskService(desk, pins),
        tickets=TicketService(desk, post),
        factor_resets=FactorResetService(desk, timedelta(hours=int(settings.reset_cool_off_hours)), mail.is_configured),
        own_calls=OwnCallService(engine, keys, now),
        contract_calls=ContractCallService(desk),
        changes=Changes(engine),
        now=now,
    )


def _open_key_ring(settings: Settings, engine: Engine) -> KeyRing:
    """Load the ring; make one only for a database that has no tables yet.

    Of two first starts at once one makes the ring, and the other loads it.
    """
    try:
        return KeyRing.load(settings.key_ring)
    except KeyRingMissing:
        if stored_version(engine) is None:
            with suppress(KeyRingExists):
                return KeyRing.create(settings.key_ring)
    return KeyRing.load(settings.key_ring)


def _check_key_ring(settings: Settings, engine: Engine, keys: KeyRing, *, now: Clock) -> None:
    """Open the value that the ring of this database sealed when both were made."""
    with reading(engine) as db:
        found = db.exec(select(Installation.key_check)).one_or_none()
    if found is None:
        found = _first_key_check(engine, keys, now=now)
    if not key_check.fits(keys, found):
        raise KeyRingWrong(settings.key_ring)


def _first_key_check(engine: Engine, keys: KeyRing, *, now: Clock) -> bytes:
    """Seal the value, unless another first start did so in the meantime; the one that is there."""
    made = {"id": 1, "key_check": key_check.made(keys), "created_at": now()}
    with transaction(engine) as db:
        insertion = insert_into(Installation, engine.dialect.name).values(made).on_conflict_do_nothing()
        db.connection().execute(insertion)
        return db.exec(select(Installation.key_check)).one()
