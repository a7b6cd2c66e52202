"""What CRMs call the columns and outcomes of an opportunity.

Names of Salesforce, HubSpot, Pipedrive and Dynamics exports, of common sample data and of
tables made by hand. They are compared without capitals, spaces and signs: ``Close Date`` is
``close_date``. Of several columns with known names the one that is named first here is read.
"""

from __future__ import annotations

import re
from functools import lru_cache

from quotarisk.calibration.history import Outcome

IGNORED = "ignored"
"""An outcome word of rows that are no opportunities any more, such as Pipedrive's ``Deleted``."""

ALIASES: dict[str, tuple[str, ...]] = {
    "deal": (
        "Opportunity ID",
        "Deal ID",
        "Deal - ID",
        "Record ID",
        "Order ID",
        "(Do Not Modify) Opportunity",
        "ID",
        "Opportunity Number",
        "Order Number",
        "Opportunity",
    ),
    "rep": (
        "Rep",
        "Rep ID",
        "Rep Name",
        "Opportunity Owner",
        "Deal Owner",
        "Deal - Owner",
        "Sales Agent",
        "Sales Rep",
        "Sales Representative",
        "Salesperson",
        "Owner",
        "Owner Name",
        "Owner Full Name",
        "Seller",
        "Account Executive",
        "Assigned To",
        "Owner ID",
        "Salesperson ID",
    ),
    "created": (
        "Created Date",
        "Create Date",
        "Created On",
        "Deal - Deal created",
        "Created",
        "Created At",
        "Creation Date",
        "Date Created",
        "Deal created",
        "Engage Date",
        "Open Date",
        "Opened Date",
    ),
    "ordered": (
        "Order Date",
        "Ordered",
        "Ordered On",
        "Invoice Date",
        "Booking Date",
        "Booked Date",
        "Sale Date",
        "Purchase Date",
        "Date",
    ),
    "closed": (
        "Actual Close Date",
        "Close Date",
        "Closed Date",
        "Closed On",
        "Closed At",
        "Date Closed",
        "Deal - Deal closed on",
        "Closed",
    ),
    "won_date": ("Won Time", "Deal - Won time", "Won Date"),
    "lost_date": ("Lost Time", "Deal - Lost time", "Lost Date"),
    "outcome": (
        "Outcome",
        "Status",
        "Deal Status",
        "Deal - Status",
        "Opportunity Status",
        "Stage",
        "Deal Stage",
        "Stage Name",
        "Opportunity Stage",
        "Sales Stage",
        "State",
    ),
    "is_won": ("IsWon", "Is Closed Won"),
    "is_closed": ("IsClosed", "Is Deal Closed"),
    "amount": (
        "Amount",
        "Deal Value",
        "Deal - Value",
        "Close Value",
        "Deal Amount",
        "Opportunity Amount",
        "Est. Revenue",
        "Estimated Revenue",
        "Estimated Value",
        "Order Amount",
        "Value",
        "Total Amount",
        "Amount in company currency",
    ),
    "won_amount": ("Actual Revenue", "Actual Value"),
    "segment": (
        "Segment",
        "Deal Segment",
        "Customer Segment",
        "Product",
        "Type",
        "Opportunity Type",
        "Deal Type",
        "Pipeline",
        "Deal - Pipeline",
    ),
    "group": (
        "Group",
        "Team",
        "Sales Team",
        "Region",
        "Sales Region",
        "Territory",
        "Regional Office",
    ),
    "currency": (
        "Currency",
        "Deal - Currency",
        "Opportunity Currency",
        "Amount Currency",
        "CurrencyIsoCode",
        "Currency Code",
    ),
}

OUTCOME_WORDS: dict[str, tuple[str, ...]] = {
    Outcome.WON: ("Won", "Closed Won", "Win"),
    Outcome.LOST: ("Lost", "Closed Lost", "Loss", "Canceled", "Cancelled", "Out-Sold"),
    Outcome.OPEN: (
        "Open",
        "New",
        "Lead",
        "Active",
        "Pending",
        "In Progress",
        "On Hold",
        "Working",
        "Prospect",
        "Prospecting",
        "Engaging",
        "Engaged",
        "Contacted",
        "Contact Made",
        "Discovery",
        "Qualify",
        "Qualified",
        "Qualifying",
        "Qualification",
        "Needs Analysis",
        "Needs Defined",
        "Value Proposition",
        "Id. Decision Makers",
        "Perception Analysis",
        "Develop",
        "Propose",
        "Proposal",
        "Proposal Made",
        "Proposal/Price Quote",
        "Demo",
        "Demo Scheduled",
        "Evaluation",
        "Negotiation",
        "Negotiation/Review",
        "Negotiations Started",
        "Negotiating",
        "Appointment Scheduled",
        "Qualified To Buy",
        "Presentation Scheduled",
        "Decision Maker Bought-In",
        "Contract Sent",
    ),
    IGNORED: ("Deleted",),
}


def plain(name: str) -> str:
    """How is a header compared: without capitals, spaces and signs?

    Examples
    --------
    >>> plain(" Deal - Won time"), plain("Est. Revenue"), plain("close_date")
    ('dealwontime', 'estrevenue', 'closedate')
    """
    return "".join(letter for letter in name.casefold() if letter.isalnum())


@lru_cache(maxsize=4096)
def plain_word(word: str) -> str:
    """How is an outcome word compared: as a header, and without the number of its stage?

    Examples
    --------
    >>> plain_word("6 - Closed Won"), plain_word("closedwon")
    ('closedwon', 'closedwon')
    """
    return plain(re.sub(r"^[\d\s.)_-]+(?=\D)", "", word))


KNOWN_WORDS: dict[str, str] = {
    plain_word(word): outcome for outcome, words in OUTCOME_WORDS.items() for word in words
}
