"""Reads from the registry who may be called for a home, and what people are called."""

from __future__ import annotations

from alerts.core.roster import Person
from alerts.registry.models import Contact, Home, Post, Worker

_NEAREST = 99  # a contact belongs to the home itself, below every area


def people(home: Home) -> tuple[Person, ...]:
    """Everybody with a role for this home: its contacts, and the active workers of its areas."""
    chain = [int(part) for part in home.area.path.split("/") if part]
    posts = Post.objects.filter(area_id__in=chain, worker__active=True).select_related("worker")
    workers = [_worker(post, chain.index(post.area_id)) for post in posts]
    contacts = [person for contact in home.contacts.all() for person in _contact(contact)]
    return (*contacts, *workers)


def name(person: str) -> str:
    """How "worker:12", "contact:5" or "user:1" is called; the id itself if nobody knows."""
    kind, _, number = person.partition(":")
    if not number.isdigit():
        return person
    match kind:
        case "worker":
            found = Worker.objects.filter(pk=number).values_list("name", flat=True).first()
        case "contact":
            found = Contact.objects.filter(pk=number).values_list("name", flat=True).first()
        case "user":
            found = _user(int(number))
        case _:
            found = None
    return found or person


def language(person: str, default: str) -> str:
    """The language somebody is written to in."""
    kind, _, number = person.partition(":")
    if kind != "worker" or not number.isdigit():
        return default
    return Worker.objects.filter(pk=number).values_list("language", flat=True).first() or default


def _user(number: int) -> str | None:
    from django.contrib.auth.models import User  # needs the app registry, which is not ready at import

    user = User.objects.filter(pk=number).first()
    return (user.get_full_name() or user.get_username()) if user else None


def _worker(post: Post, depth: int) -> Person:
    worker = post.worker
    return Person(
        f"worker:{worker.pk}", worker.name, post.role, depth, worker.language, 0, _addresses(worker.phone)
    )


def _contact(contact: Contact) -> list[Person]:
    roles = ["contact", "keyholder"] if contact.keyholder else ["contact"]
    return [
        Person(
            f"contact:{contact.pk}",
            contact.name,
            role,
            _NEAREST,
            order=contact.order,
            addresses=_addresses(contact.phone),
        )
        for role in roles
    ]


def _addresses(phone: str) -> dict[str, str]:
    return {"sms": phone} if phone else {}
