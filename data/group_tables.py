"""The tables of groups and resources: who belongs together, and what they may see."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from data.tables import SORTED

DATA_CENTER = "data_center"
SNAPSHOT = "snapshot"

PRIVILEGES = (
    "create_data_center",
    "create_snapshot",
    "reserve_ip",
    "access_activity_log",
    "create_pcc",
    "s3_privilege",
    "create_backup_unit",
    "create_internet_access",
    "create_k8s_cluster",
    "create_flow_log",
    "access_and_manage_monitoring",
    "access_and_manage_certificates",
)
"""What a group may allow its members, by the names of the IONOS Cloud API."""


class Group(SQLModel, table=True):
    """People of a contract, with what they may do together."""

    __tablename__ = "user_group"
    __table_args__ = (UniqueConstraint("contract_id", "name_norm"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    contract_id: UUID = Field(foreign_key="contract.id")
    name: str
    name_norm: str = Field(sa_type=SORTED)
    force_sec_auth: bool = False
    forced_by: str | None = None
    create_data_center: bool = False
    create_snapshot: bool = False
    reserve_ip: bool = False
    access_activity_log: bool = False
    create_pcc: bool = False
    s3_privilege: bool = False
    create_backup_unit: bool = False
    create_internet_access: bool = False
    create_k8s_cluster: bool = False
    create_flow_log: bool = False
    access_and_manage_monitoring: bool = False
    access_and_manage_certificates: bool = False
    created_at: datetime


class Membership(SQLModel, table=True):
    __tablename__ = "membership"

    group_id: UUID = Field(foreign_key="user_group.id", ondelete="CASCADE", primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", ondelete="CASCADE", primary_key=True, index=True)


class Resource(SQLModel, table=True):
    """A data center or a snapshot. Names are not unique: a refusal would tell of one that its asker cannot see."""

    __tablename__ = "resource"
    __table_args__ = (
        CheckConstraint("kind IN ('data_center', 'snapshot')", name="kind"),
        Index("ix_resource_by_name", "contract_id", "kind", "name_norm", "id"),
        Index(
            "ix_resource_open_by_name",
            "contract_id",
            "kind",
            "name_norm",
            "id",
            sqlite_where=text("NOT sec_auth_protection"),
            postgresql_where=text("NOT sec_auth_protection"),
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    contract_id: UUID = Field(foreign_key="contract.id")
    kind: str
    name: str
    name_norm: str = Field(sa_type=SORTED)
    sec_auth_protection: bool = False
    creator_id: UUID = Field(foreign_key="person.id", index=True)
    created_at: datetime


class Share(SQLModel, table=True):
    """What a group may do with a resource; to see it is implied."""

    __tablename__ = "share"

    group_id: UUID = Field(foreign_key="user_group.id", ondelete="CASCADE", primary_key=True)
    resource_id: UUID = Field(foreign_key="resource.id", ondelete="CASCADE", primary_key=True, index=True)
    edit_privilege: bool = False
    share_privilege: bool = False
