"""The labels and short sentences of pages: portal, sign-in, sign-off, invitation, errors."""

from __future__ import annotations

from datetime import date
from typing import Final

from goodword.messages.sentence import Sentence, say

INVITATION_SENT_AGAIN: Final = say("A new email is on its way")
CHECK_INBOX: Final = say("It goes to the address where you were invited. Check your inbox.")
ALREADY_ENROLLED: Final = say("You are already enrolled")
SIGN_IN_WITH_EMAIL: Final = say("Sign in with your email address. We will email you a link.")
SIGN_IN: Final = say("Sign in")
LINK_USED: Final = say("This link has already been used")
RETURN_TO_PORTAL: Final = say(
    "You are enrolled. To return to your portal, have us email you a sign-in link."
)
INVITATION_EXPIRED: Final = say("This invitation has expired")
OFFER_STILL_OPEN: Final = say("The offer is still open. We can send the invitation again.")
SEND_NEW_EMAIL: Final = say("Send me a new email")
ENTER_YOUR_EMAIL: Final = say("Please enter your full email address, such as name@example.com.")
ENTER_YOUR_PHONE: Final = say(
    "Please enter a phone number with its area code; from abroad, with + and the country code."
)
ENTER_YOUR_NAME: Final = say("Please enter your name.")
ENTER_YOUR_COMPANY: Final = say("Please enter the name of your company.")
ENTER_COMPANY_SIZE: Final = say("Please enter a whole number, such as 12.")
CHOOSE_ONE: Final = say("Please choose one.")
ENTER_SHORT_ANSWER: Final = say("Please enter a few words.")
CONTACT_RECEIVED: Final = say(
    "Thank you. The introduction is in your list below, unless someone else introduced this "
    "person first."
)
LINK_CREATED: Final = say("Here is your link.")
APPROVER_EMAILED: Final = say("We have emailed your approver. Nothing changes until they answer.")
SAVED: Final = say("Saved.")
STORY_SAVED: Final = say("Your story is saved.")
ENTER_THEIR_NAME: Final = say("Please enter their name.")
NOT_AN_EMAIL_ADDRESS: Final = say("This is not an email address. Enter it like name@example.com.")
NOT_A_PHONE_NUMBER: Final = say("This is not a phone number. Enter it with the country code.")
ENTER_THEIR_COMPANY: Final = say("Please enter their company.")
ENTER_A_NUMBER: Final = say("Please enter a whole number.")
CONSENT_MISSING: Final = say(
    "Please check this box: we may not contact them without their consent."
)
ENTER_A_COLLEAGUE: Final = say(
    "Please enter the address of a colleague at your company, not your own."
)
CHOOSE_WHAT_IS_SHOWN: Final = say("Please choose what may be shown.")
CHOOSE_CREDITS: Final = say("Please choose whether your account may receive credits.")
NO_COMPANY_ADDRESS: Final = say(
    "Your address is with a public email provider, so we cannot tell who belongs to your "
    "company. Please ask the person who invited you to enroll you with your company address."
)
STATUS_PENDING: Final = say("waiting for its date")
STATUS_HELD: Final = say("needs a decision")
STATUS_SENDING: Final = say("on its way")
STATUS_POSTED: Final = say("on your balance")
STATUS_OVER_LIMIT: Final = say("over the limit")
STATUS_CANCELED: Final = say("canceled")
STATUS_REVERSED: Final = say("taken back")
PROGRAM: Final = say("Program")
WHO: Final = say("Who")
INTRODUCED_ON: Final = say("Introduced on")
STATUS: Final = say("Status")
OPEN_UNTIL: Final = say("Open until")
YOUR_INTRODUCTIONS: Final = say("Your introductions")
EARLIER_INTRODUCTIONS: Final = say("Earlier introductions")
NO_RECENT_INTRODUCTIONS: Final = say("No recent introductions")
MAYBE_EARLIER_ONES: Final = say("There may be earlier ones.")
NO_EARLIER_INTRODUCTIONS: Final = say("No earlier introductions")
SHARE_YOUR_LINK: Final = say("Share your link")
NO_INTRODUCTIONS_YET: Final = say("No introductions yet")
INTRODUCTIONS_APPEAR_HERE: Final = say("Everyone who comes through your link is listed here.")
FOR_NEXT_INVOICE: Final = say("For your next invoice")
AMOUNT: Final = say("Amount")
COMES_OFF: Final = say("Comes off")
NEXT_INVOICE: Final = say("your next invoice")
IN_NO_PROGRAM: Final = say("You are not in any program yet.")
FIRST_LINK_FROM_INVITER: Final = say("The person who invited you can give you your first link.")
NOTHING_TO_SHARE_YET: Final = say("Nothing to share yet")
FOR: Final = say("For")
EARNED: Final = say("Earned")
POSTED: Final = say("Posted")
CREDITS_NEWEST_FIRST: Final = say("Credits, newest first")
NO_CREDITS_YET: Final = say("No credits yet")
CREDITS_APPEAR_HERE: Final = say("Credits for your introductions are listed here.")
CURRENCY: Final = say("Currency")
USED: Final = say("Used")
INVOICE: Final = say("Invoice")
EXPECTED: Final = say("Expected")
DESCRIPTION: Final = say("Description")
ATTESTATION: Final = say(
    "I know this person, and they agreed that I may give you their details so that you can "
    "contact them."
)
THEIR_NAME: Final = say("Their name")
THEIR_EMAIL: Final = say("Their email")
THEIR_PHONE: Final = say("Their phone")
THEIR_COMPANY: Final = say("Their company")
KIND_OF_COMPANY: Final = say("Kind of company")
THEIR_COMPANY_SIZE: Final = say("How many people work there")
REGION: Final = say("Region")
PRODUCT: Final = say("Product")
MY_NAME_AND_MY_COMPANY: Final = say("My name and my company")
MY_COMPANY_ONLY: Final = say("My company only")
NOTHING_YET: Final = say("Nothing yet")
SAVE: Final = say("Save")
CREATE_MY_LINK: Final = say("Create my link")
SHOWN_TO_VISITORS: Final = say("People who open your link see:")
NOTHING_WAS_SENT: Final = say("Nothing was sent. What you typed is still here.")
INTRODUCE_THEM: Final = say("Introduce them")
WHAT_IS_SHOWN_ABOUT_YOU: Final = say("What may be shown about you?")
YES: Final = say("Yes")
NO_CREDIT_PLEASE: Final = say("No, we recommend without a credit")
MAY_RECEIVE_CREDITS: Final = say("May your account receive credits?")
STORY_MAY_BE_SHOWN: Final = say("My story may be shown, too.")
APPROVER_EMAIL: Final = say("Your approver's email")
APPROVER_HELP: Final = say(
    "A colleague who can speak for your company. They get one email with a link that works once."
)
SEND_THE_REQUEST: Final = say("Send the request")
YOUR_STORY: Final = say("Your story")
STORY_FOR_EVERYONE: Final = say("It may be shown to everyone who opens my link.")
STORY_AS_SIGNED_OFF: Final = say(
    "It may be shown as it was signed off; what I change is signed off again."
)
EARLIER_CREDITS: Final = say("Earlier credits")
SIGN_IN_TO_CONSOLE: Final = say("Sign in to the console")
CHECK_YOUR_EMAIL: Final = say("Check your email")
SIGN_IN_LINK_SENT: Final = say("If we know this address, a sign-in link is on its way.")
SIGN_IN_LINK_MISSING: Final = say(
    "Nothing there? Check your spam folder, or try the address where you were invited."
)
PRESS_TO_SIGN_IN: Final = say("Press the button to sign in.")
LINK_EXPIRED: Final = say("This link has expired")
NEW_LINK_OFFERED: Final = say("We can email you a new one.")
THEIR_NAME_AND_YOUR_COMPANY: Final = say("Their name and your company")
YOUR_COMPANY_ONLY: Final = say("Your company only")
WHAT_MAY_BE_SHOWN: Final = say("What may be shown?")
MAY_COMPANY_RECEIVE_CREDITS: Final = say("May your company's account receive credits on its bill?")
NO: Final = say("No")
SIGN_OFF: Final = say("Sign off")
DECLINE: Final = say("Decline")
STORY_CHANGED: Final = say(
    "The story has changed since you opened this page. Please read it again, then decide."
)
ANSWER_BOTH: Final = say("Please answer both questions.")
NOTHING_MORE_TO_DO: Final = say("There is nothing more to do; you can close this page.")
SIGNED_OFF: Final = say("Thank you, it is signed off")
REFERRER_MAY_SHARE: Final = say("The referrer can now share with everyone.")
DECLINED: Final = say("Thank you, you declined")
NOT_SHOWN_NOR_EARNED: Final = say("Anything that was not signed off is neither shown nor earned.")
ALREADY_ANSWERED: Final = say("This request was already answered")
LINK_WORKS_ONCE: Final = say("Each link works once.")
NO_SUCH_PAGE: Final = say("This page does not exist")
MAYBE_MISTYPED: Final = say("The address may have been mistyped, or it is no longer in use.")
ASK_FOR_NEW_ADDRESS: Final = say("Ask the person who gave it to you for a new one.")
LINK_NOT_COMPLETE: Final = say("This link is not complete")
OPEN_FROM_EMAIL: Final = say("Open it from the email again, or copy all of it.")
USED_ASK_FOR_NEW_LINK: Final = say("Each link works once. Ask for a new one.")
ASK_FOR_NEW_LINK: Final = say("Ask for a new one.")
RATE_LIMITED: Final = say("Too many tries today")
TRY_TOMORROW: Final = say("Please try again tomorrow.")
REFUSED: Final = say("That did not work")
REQUEST_IS_WRONG: Final = say("Something is wrong with the request. Nothing was changed.")
RELOAD_AND_TRY_AGAIN: Final = say("Go back, reload the page, and try again.")
CANNOT_SHOW: Final = say("We cannot show this right now.")
TRY_IN_A_MINUTE: Final = say("Please try again in a minute.")
CANNOT_CHANGE: Final = say("We cannot do this right now. Nothing was changed.")
OUTCOME_UNKNOWN: Final = say("We do not know yet whether this was done.")
CHECK_IN_A_MINUTE: Final = say("Please check again in a minute before you try again.")
ONE_MOMENT: Final = say("One moment, please")
UNSUBSCRIBE_QUESTION: Final = say("Unsubscribe?")
UNSUBSCRIBE_EFFECT: Final = say(
    "You will then see news of your introductions only in your portal. You still get sign-in "
    "emails."
)
UNSUBSCRIBE: Final = say("Unsubscribe")
DONE: Final = say("Done")
UNSUBSCRIBED: Final = say("You will get no more of these emails.")


def too_long(most: int) -> Sentence:
    """Ask for at most so many characters."""
    return say("Please enter at most %(most)s characters.", most=most)


def shorten_story(most: int) -> Sentence:
    """Ask for a story of at most so many characters."""
    return say("Please shorten your story to %(most)s characters.", most=most)


def story_help(most: int) -> Sentence:
    """Return how to write a story; most: characters."""
    return say(
        "Best with one number: what was it before, what is it now? At most %(most)s characters.",
        most=most,
    )


def expected_invoice(day: date) -> Sentence:
    """Name an invoice by the day on which it is expected."""
    return say("the invoice expected on %(day)s", day=day)
