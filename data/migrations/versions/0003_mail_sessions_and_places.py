"""Mail, sessions and places"""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'


def upgrade() -> None:
    op.create_table('mail_position',
    sa.Column('chain', sa.String(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('chain', name=op.f('pk_mail_position'))
    )
    op.create_table('known_origin',
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('lane', sa.String(), nullable=False),
    sa.Column('first_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_known_origin_person_id_person'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('person_id', 'lane', name=op.f('pk_known_origin'))
    )
    op.create_table('outgoing_mail',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=True),
    sa.Column('address', sa.String(), nullable=True),
    sa.Column('origin', sa.JSON(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('trouble', sa.String(), nullable=True),
    sa.CheckConstraint("kind IN ('reset', 'activation', 'new e-mail', 'old e-mail', 'notice')", name=op.f('ck_outgoing_mail_kind')),
    sa.CheckConstraint('(person_id IS NULL) <> (address IS NULL)', name=op.f('ck_outgoing_mail_one_receiver')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_outgoing_mail_person_id_person'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outgoing_mail')),
    sa.UniqueConstraint('address', 'kind', name=op.f('uq_outgoing_mail_address')),
    sa.UniqueConstraint('person_id', 'kind', name=op.f('uq_outgoing_mail_person_id'))
    )
    op.create_index('ix_outgoing_mail_due', 'outgoing_mail', ['kind', 'due_at'])

    # Added one by one: a table that SQLite makes anew loses its search.
    op.add_column('attempt_counter', sa.Column('refused', sa.Integer(), nullable=False, server_default='0'))
    op.add_column('pending_login', sa.Column('lane', sa.String(), nullable=False, server_default='any'))
    op.add_column('audit_head', sa.Column('at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('person', sa.Column('acknowledged_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('person', sa.Column('acknowledged_number', sa.Integer(), nullable=False, server_default='0'))
    op.add_column('person', sa.Column('notified_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('person', sa.Column('notified_number', sa.Integer(), nullable=False, server_default='0'))
    op.add_column('session', sa.Column('host', sa.String(), nullable=False, server_default=''))
    op.add_column('session', sa.Column('locked_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('session', sa.Column('proof_act', sa.String(), nullable=True))
    op.add_column('session', sa.Column('proofs', sa.JSON(), nullable=False, server_default='{}'))
    is_open = sa.text('ended_at IS NULL')
    for name, columns in {'on_host': ['host', 'last_used_at'], 'of_person': ['person_id']}.items():
        op.create_index(f'ix_session_open_{name}', 'session', columns, sqlite_where=is_open, postgresql_where=is_open)
    op.drop_index('ix_audit_event_target', table_name='audit_event')
    op.drop_index('ix_audit_event_actor', table_name='audit_event')
    for name, of, condition in (
        ('target', 'target_id', None),
        ('by_others', 'target_id', sa.text('actor_id IS NULL OR actor_id <> target_id')),
        ('actor', 'actor_id', sa.text('actor_id <> target_id')),
    ):
        columns = [of, 'outcome', 'at', 'number']
        op.create_index(
            f'ix_audit_event_{name}', 'audit_event', columns, sqlite_where=condition, postgresql_where=condition
        )
    op.execute(
        'UPDATE audit_head SET at = (SELECT e.at FROM audit_event AS e '
        'WHERE e.chain = audit_head.chain AND e.number = audit_head.number)'
    )
    op.execute('UPDATE person SET acknowledged_at = last_sign_in_at')
