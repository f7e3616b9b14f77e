"""The mails table: mails to send; rows have ids, and no address."""

from __future__ import annotations

from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from goodword.domain.mails.mail import Mail
from goodword.store.plain import stamp
from goodword.store.row import Row, find, row_of, seconds
from goodword.store.tables import Table

WORK = "mail"


class MailsByDue(GlobalSecondaryIndex["MailRow"]):
    """Mails about which something is still to be done, by when; all others are not in it."""

    class Meta:
        index_name = "by_due"
        projection = KeysOnlyProjection()

    work = UnicodeAttribute(hash_key=True)
    due_at = UnicodeAttribute(range_key=True)


class MailRow(Row):
    """One mail."""

    class Meta:
        table_name = "mails"

    recipient = UnicodeAttribute(hash_key=True)
    mail = UnicodeAttribute(range_key=True)
    work = UnicodeAttribute(null=True)
    due_at = UnicodeAttribute(null=True)
    expires_at = NumberAttribute()
    by_due = MailsByDue()


def mail_row(mail: Mail) -> Row:
    """Make the item of a mail."""
    return row_of(
        MailRow,
        mail,
        recipient=mail.recipient,
        mail=mail.mail,
        work=WORK if mail.open() else None,
        due_at=stamp(mail.due_at) if mail.open() else None,
        expires_at=seconds(mail.expires_at()),
    )


class MailTable:
    """The mails in DynamoDB."""

    def put(self, mail: Mail) -> bool:
        """Put a mail; return False if it was there already."""
        try:
            mail_row(mail).save(condition=MailRow.recipient.does_not_exist())
        except PutError as error:
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def get(self, recipient: str, mail: str) -> Mail | None:
        """Return one mail, or None."""
        return find(MailRow, Mail, recipient, mail)

    def since(self, recipient: str, mail: str, limit: int) -> tuple[Mail, ...]:
        """Return a recipient's mails from this one on, oldest first."""
        rows = MailRow.query(recipient, MailRow.mail >= mail, consistent_read=True, limit=limit)
        return tuple(row.to_record(Mail) for row in rows)

    def due(self, now: datetime, limit: int) -> tuple[tuple[str, str], ...]:
        """Return recipient and name of mails that are due, oldest first, from the index."""
        rows = MailRow.by_due.query(WORK, MailRow.due_at <= stamp(now), limit=limit)
        return tuple((row.recipient, row.mail) for row in rows)


TABLE = Table(MailRow, store=MailTable, record=Mail, item=mail_row)
