"""The database: tables, migrations, and what each kind of row is read and changed by."""
