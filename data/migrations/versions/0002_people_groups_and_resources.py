"""people groups and resources"""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'

SEARCHED = {'person': 'search_text', 'user_group': 'name_norm', 'resource': 'name_norm'}


def upgrade() -> None:
    postgresql = op.get_bind().dialect.name == 'postgresql'
    if postgresql:
        op.execute('CREATE EXTENSION IF NOT EXISTS pg_trgm')
        op.execute('ALTER TABLE person ALTER COLUMN email_norm TYPE VARCHAR COLLATE "C"')
    op.create_table('user_group',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('name_norm', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('force_sec_auth', sa.Boolean(), nullable=False),
    sa.Column('forced_by', sa.String(), nullable=True),
    sa.Column('create_data_center', sa.Boolean(), nullable=False),
    sa.Column('create_snapshot', sa.Boolean(), nullable=False),
    sa.Column('reserve_ip', sa.Boolean(), nullable=False),
    sa.Column('access_activity_log', sa.Boolean(), nullable=False),
    sa.Column('create_pcc', sa.Boolean(), nullable=False),
    sa.Column('s3_privilege', sa.Boolean(), nullable=False),
    sa.Column('create_backup_unit', sa.Boolean(), nullable=False),
    sa.Column('create_internet_access', sa.Boolean(), nullable=False),
    sa.Column('create_k8s_cluster', sa.Boolean(), nullable=False),
    sa.Column('create_flow_log', sa.Boolean(), nullable=False),
    sa.Column('access_and_manage_monitoring', sa.Boolean(), nullable=False),
    sa.Column('access_and_manage_certificates', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contract.id'], name=op.f('fk_user_group_contract_id_contract')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user_group')),
    sa.UniqueConstraint('contract_id', 'name_norm', name=op.f('uq_user_group_contract_id'))
    )
    op.create_table('email_change',
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('email', sa.String(), nullable=False),
    sa.Column('code_hash', sa.String(), nullable=False),
    sa.Column('asked_by', sa.String(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_email_change_person_id_person'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_email_change'))
    )
    op.create_table('membership',
    sa.Column('group_id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['group_id'], ['user_group.id'], name=op.f('fk_membership_group_id_user_group'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_membership_person_id_person'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('group_id', 'person_id', name=op.f('pk_membership'))
    )
    with op.batch_alter_table('membership', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_membership_person_id'), ['person_id'], unique=False)

    op.create_table('ownership_offer',
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('from_id', sa.Uuid(), nullable=False),
    sa.Column('to_id', sa.Uuid(), nullable=False),
    sa.Column('offered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['contract_id'], ['contract.id'], name=op.f('fk_ownership_offer_contract_id_contract')),
    sa.ForeignKeyConstraint(['from_id'], ['person.id'], name=op.f('fk_ownership_offer_from_id_person'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['to_id'], ['person.id'], name=op.f('fk_ownership_offer_to_id_person'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('contract_id', name=op.f('pk_ownership_offer'))
    )
    with op.batch_alter_table('ownership_offer', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ownership_offer_to_id'), ['to_id'], unique=False)

    op.create_table('password_code',
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('code_hash', sa.String(), nullable=False),
    sa.Column('issued_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('activation', 'reset')", name=op.f('ck_password_code_kind')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_password_code_person_id_person'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_password_code'))
    )
    op.create_table('resource',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('name_norm', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('sec_auth_protection', sa.Boolean(), nullable=False),
    sa.Column('creator_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('data_center', 'snapshot')", name=op.f('ck_resource_kind')),
    sa.ForeignKeyConstraint(['contract_id'], ['contract.id'], name=op.f('fk_resource_contract_id_contract')),
    sa.ForeignKeyConstraint(['creator_id'], ['person.id'], name=op.f('fk_resource_creator_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_resource'))
    )
    with op.batch_alter_table('resource', schema=None) as batch_op:
        batch_op.create_index('ix_resource_by_name', ['contract_id', 'kind', 'name_norm', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_resource_creator_id'), ['creator_id'], unique=False)
        batch_op.create_index('ix_resource_open_by_name', ['contract_id', 'kind', 'name_norm', 'id'], unique=False, sqlite_where=sa.text('NOT sec_auth_protection'), postgresql_where=sa.text('NOT sec_auth_protection'))

    op.create_table('share',
    sa.Column('group_id', sa.Uuid(), nullable=False),
    sa.Column('resource_id', sa.Uuid(), nullable=False),
    sa.Column('edit_privilege', sa.Boolean(), nullable=False),
    sa.Column('share_privilege', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['group_id'], ['user_group.id'], name=op.f('fk_share_group_id_user_group'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['resource_id'], ['resource.id'], name=op.f('fk_share_resource_id_resource'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('group_id', 'resource_id', name=op.f('pk_share'))
    )
    with op.batch_alter_table('share', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_share_resource_id'), ['resource_id'], unique=False)

    with op.batch_alter_table('audit_event', schema=None) as batch_op:
        batch_op.add_column(sa.Column('resource_id', sa.Uuid(), nullable=True))
        batch_op.create_index(batch_op.f('ix_audit_event_resource_id'), ['resource_id'], unique=False)

    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.add_column(sa.Column('name_norm', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('search_text', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('sec_auth_forced', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('sec_auth_active', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('locked_until', sa.DateTime(timezone=True), nullable=True))
        batch_op.drop_index(batch_op.f('ix_person_contract_id'))
        batch_op.create_index('ix_person_administrators_by_email', ['contract_id', 'email_norm'], unique=False, sqlite_where=sa.text("role <> 'user'"), postgresql_where=sa.text("role <> 'user'"))
        batch_op.create_index('ix_person_administrators_by_name', ['contract_id', 'name_norm', 'email_norm'], unique=False, sqlite_where=sa.text("role <> 'user'"), postgresql_where=sa.text("role <> 'user'"))
        batch_op.create_index('ix_person_adoption', ['contract_id', 'active', 'role', 'sec_auth_active'], unique=False)
        batch_op.create_index('ix_person_all_by_email', ['contract_id', 'email_norm'], unique=False)
        batch_op.create_index('ix_person_all_by_name', ['contract_id', 'name_norm', 'email_norm'], unique=False)
        batch_op.create_index('ix_person_inactive_by_email', ['contract_id', 'email_norm'], unique=False, sqlite_where=sa.text('NOT active'), postgresql_where=sa.text('NOT active'))
        batch_op.create_index('ix_person_inactive_by_name', ['contract_id', 'name_norm', 'email_norm'], unique=False, sqlite_where=sa.text('NOT active'), postgresql_where=sa.text('NOT active'))
        batch_op.create_index('ix_person_invited_by_email', ['contract_id', 'email_norm'], unique=False, sqlite_where=sa.text('password_hash IS NULL'), postgresql_where=sa.text('password_hash IS NULL'))
        batch_op.create_index('ix_person_invited_by_name', ['contract_id', 'name_norm', 'email_norm'], unique=False, sqlite_where=sa.text('password_hash IS NULL'), postgresql_where=sa.text('password_hash IS NULL'))
        batch_op.create_index('ix_person_locked_by_email', ['contract_id', 'email_norm'], unique=False, sqlite_where=sa.text('locked_until IS NOT NULL'), postgresql_where=sa.text('locked_until IS NOT NULL'))
        batch_op.create_index('ix_person_locked_by_name', ['contract_id', 'name_norm', 'email_norm'], unique=False, sqlite_where=sa.text('locked_until IS NOT NULL'), postgresql_where=sa.text('locked_until IS NOT NULL'))
        batch_op.create_index('ix_person_no_second_factor_by_email', ['contract_id', 'email_norm'], unique=False, sqlite_where=sa.text('NOT sec_auth_active'), postgresql_where=sa.text('NOT sec_auth_active'))
        batch_op.create_index('ix_person_no_second_factor_by_name', ['contract_id', 'name_norm', 'email_norm'], unique=False, sqlite_where=sa.text('NOT sec_auth_active'), postgresql_where=sa.text('NOT sec_auth_active'))
        batch_op.create_index('ix_person_not_enrolled_by_email', ['contract_id', 'email_norm'], unique=False, sqlite_where=sa.text('sec_auth_forced AND NOT sec_auth_active'), postgresql_where=sa.text('sec_auth_forced AND NOT sec_auth_active'))
        batch_op.create_index('ix_person_not_enrolled_by_name', ['contract_id', 'name_norm', 'email_norm'], unique=False, sqlite_where=sa.text('sec_auth_forced AND NOT sec_auth_active'), postgresql_where=sa.text('sec_auth_forced AND NOT sec_auth_active'))

    for table, column in SEARCHED.items():
        if postgresql:
            op.execute(f'CREATE INDEX ix_{table}_{column}_trgm ON {table} USING gin ({column} gin_trgm_ops)')
        else:
            _make_search(table, column)
    _fill_in()


def _make_search(table: str, column: str) -> None:
    """A full-text table on trigrams, kept by triggers. Row numbers of tables with other keys may change: it has its own."""
    op.execute(
        f'CREATE TABLE {table}_search_key (number INTEGER PRIMARY KEY AUTOINCREMENT, subject_id CHAR(32) NOT NULL UNIQUE)'
    )
    op.execute(f"CREATE VIRTUAL TABLE {table}_search USING fts5(words, content='', tokenize='trigram')")
    number = f'(SELECT number FROM {table}_search_key WHERE subject_id = {{}}.id)'
    put = f'INSERT INTO {table}_search (rowid, words) VALUES ({number.format("new")}, new.{column});'
    drop = (
        f'INSERT INTO {table}_search ({table}_search, rowid, words) '
        f"VALUES ('delete', {number.format('old')}, old.{column});"
    )
    op.execute(
        f'CREATE TRIGGER {table}_search_put AFTER INSERT ON {table} BEGIN '
        f'INSERT INTO {table}_search_key (subject_id) VALUES (new.id); {put} END'
    )
    op.execute(
        f'CREATE TRIGGER {table}_search_change AFTER UPDATE OF {column} ON {table} '
        f'WHEN old.{column} IS NOT new.{column} BEGIN {drop} {put} END'
    )
    op.execute(
        f'CREATE TRIGGER {table}_search_drop AFTER DELETE ON {table} BEGIN {drop} '
        f'DELETE FROM {table}_search_key WHERE subject_id = old.id; END'
    )


def _fill_in() -> None:
    """What the new columns say of the people that there are."""
    connection = op.get_bind()
    if connection.dialect.name == 'sqlite':
        op.execute('INSERT INTO person_search_key (subject_id) SELECT id FROM person')
        op.execute("INSERT INTO person_search (rowid, words) SELECT number, '' FROM person_search_key")
    op.execute('UPDATE person SET sec_auth_forced = force_sec_auth')
    op.execute('UPDATE person SET sec_auth_active = (id IN (SELECT person_id FROM authenticator))')
    found = connection.execute(sa.text('SELECT id, given_name, family_name, email_norm FROM person')).all()
    change = sa.text('UPDATE person SET name_norm = :name, search_text = :words WHERE id = :id')
    for id, given_name, family_name, email_norm in found:
        given, family = given_name.casefold(), family_name.casefold()
        words = f'{given} {family} {given}\n{email_norm}'
        connection.execute(change, {'id': id, 'name': f'{family} {given}', 'words': words})
