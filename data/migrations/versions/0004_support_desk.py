"""Support desk"""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'

KINDS = "kind IN ('reset', 'activation', 'new e-mail', 'old e-mail', 'notice', 'factor reset')"


def upgrade() -> None:
    op.create_table('call_code',
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('session_id', sa.Uuid(), nullable=False),
    sa.Column('code_hash', sa.String(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_call_code_person_id_person'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['session_id'], ['session.id'], name=op.f('fk_call_code_session_id_session'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_call_code'))
    )
    op.create_index(op.f('ix_call_code_session_id'), 'call_code', ['session_id'])
    op.create_table('support_call',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('agent_id', sa.Uuid(), nullable=False),
    sa.Column('agent', sa.String(), nullable=False),
    sa.Column('session_id', sa.Uuid(), nullable=True),
    sa.Column('phrase', sa.String(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('matched_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_why', sa.String(), nullable=True),
    sa.ForeignKeyConstraint(['agent_id'], ['person.id'], name=op.f('fk_support_call_agent_id_person'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['contract_id'], ['contract.id'], name=op.f('fk_support_call_contract_id_contract')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_support_call_person_id_person'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['session_id'], ['session.id'], name=op.f('fk_support_call_session_id_session'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_support_call'))
    )
    is_open = sa.text('ended_at IS NULL')
    op.create_index('uq_support_call_open_of_agent', 'support_call', ['agent_id'], unique=True, sqlite_where=is_open, postgresql_where=is_open)
    op.create_index('ix_support_call_open_about', 'support_call', ['person_id'], sqlite_where=is_open, postgresql_where=is_open)
    op.create_index('ix_support_call_of_contract', 'support_call', ['contract_id', 'opened_at', 'id'])
    for column in ('person_id', 'agent_id', 'session_id'):
        op.create_index(op.f(f'ix_support_call_{column}'), 'support_call', [column])

    op.create_table('factor_reset',
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('call_id', sa.Uuid(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('asked_by', sa.String(), nullable=False),
    sa.Column('approved_by', sa.String(), nullable=True),
    sa.Column('approved_by_id', sa.Uuid(), nullable=True),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('code_hash', sa.String(), nullable=True),
    sa.ForeignKeyConstraint(['call_id'], ['support_call.id'], name=op.f('fk_factor_reset_call_id_support_call'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_factor_reset_person_id_person'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['approved_by_id'], ['person.id'], name=op.f('fk_factor_reset_approved_by_id_person'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_factor_reset')),
    sa.UniqueConstraint('id', name=op.f('uq_factor_reset_id'))
    )
    for column in ('call_id', 'approved_by_id'):
        op.create_index(op.f(f'ix_factor_reset_{column}'), 'factor_reset', [column])

    op.create_table('ticket_use',
    sa.Column('call_id', sa.Uuid(), nullable=False),
    sa.Column('act', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['call_id'], ['support_call.id'], name=op.f('fk_ticket_use_call_id_support_call'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('call_id', 'act', name=op.f('pk_ticket_use'))
    )

    # Not by a batch: a table that SQLite makes anew loses its search.
    op.add_column('person', sa.Column('factor_reset_at', sa.DateTime(timezone=True), nullable=True))

    if op.get_bind().dialect.name == 'sqlite':
        with op.batch_alter_table('outgoing_mail', copy_from=_outgoing_mail(), recreate='always'):
            pass
    else:
        op.drop_constraint(op.f('ck_outgoing_mail_kind'), 'outgoing_mail', type_='check')
        op.create_check_constraint(op.f('ck_outgoing_mail_kind'), 'outgoing_mail', KINDS)


def _outgoing_mail() -> sa.Table:
    """As it is from now on: SQLite does not tell what a table's checks are."""
    return sa.Table('outgoing_mail', sa.MetaData(),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=True),
    sa.Column('address', sa.String(), nullable=True),
    sa.Column('origin', sa.JSON(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('trouble', sa.String(), nullable=True),
    sa.CheckConstraint(KINDS, name=op.f('ck_outgoing_mail_kind')),
    sa.CheckConstraint('(person_id IS NULL) <> (address IS NULL)', name=op.f('ck_outgoing_mail_one_receiver')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_outgoing_mail_person_id_person'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outgoing_mail')),
    sa.UniqueConstraint('address', 'kind', name=op.f('uq_outgoing_mail_address')),
    sa.UniqueConstraint('person_id', 'kind', name=op.f('uq_outgoing_mail_person_id')),
    sa.Index('ix_outgoing_mail_due', 'kind', 'due_at'),
    )
