"""The second factor: staff are led to it before anything else, learn it on a phone, and have backup codes for the day that one is lost."""

from collections.abc import Callable, Iterable
from string import ascii_lowercase
from urllib.parse import urlencode

import qrcode
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from django.views.decorators.cache import never_cache
from django_otp import login as verify_session
from django_otp.plugins.otp_totp.models import TOTPDevice
from qrcode.image.svg import SvgPathImage
from unfold.widgets import UnfoldAdminTextInputWidget

from karlos_site.models import BackupCode, Session

BACKUP_CODES = 8
# Without those that are taken for another; eight of them are 36 bits.
_LETTERS = ascii_lowercase.translate(str.maketrans("", "", "ilo"))
# For so long a code that was shown counts for what asks for one again.
FRESH_FOR_SECONDS = 10 * 60
_SHOWN_AT = "code_shown_at"
# What the audit tells, in the reader's language.
WAS_RESET = gettext_noop("The second factor was reset")
_WRONG, _USED = gettext_noop("A wrong code of the second factor"), gettext_noop("A backup code was used")
_SET_UP, _RENEWED = gettext_noop("The second factor was set up"), gettext_noop("New backup codes were made")
# What is open to whoever has only shown a password.
_OPEN = ("second_factor", "logout", "jsi18n")


class Gate:
    """Lets nobody past without the second factor, wherever their session would count."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponse | None:
        match = request.resolver_match
        if match is None or not match.route.startswith(_ROUTES) or match.url_name in _OPEN or not _is_missing(request):
            return None
        return ask_first(request)


# Where a session of staff opens anything; Twilio's webhooks and the simulator ask for none.
_ROUTES = ("admin/", "api/messages/", "media/attachments/")


def _is_missing(request: HttpRequest) -> bool:
    user = request.user
    if not isinstance(user, User) or not user.is_staff or user.is_verified():  # type: ignore[attr-defined] # by django_otp
        return False
    return settings.ADMIN_REQUIRE_OTP or is_set_up(user)


def ask_first(request: HttpRequest) -> HttpResponse:
    """To the page that asks for a code, and from there back to where they wanted to go."""
    return redirect(f"{reverse('second_factor')}?{urlencode({'next': request.get_full_path()})}")


def is_fresh(request: HttpRequest) -> bool:
    """A code was shown in the last minutes; who has no second factor yet has nothing to show."""
    if not is_set_up(request.user):
        return True
    return bool(timezone.now().timestamp() - request.session.get(_SHOWN_AT, 0) < FRESH_FOR_SECONDS)


def is_set_up(user: User | AnonymousUser) -> bool:
    return bool(TOTPDevice.objects.filter(user=user, confirmed=True).exists())


def forget(users: Iterable[User]) -> int:
    """For who lost phone and codes: at the next login, which is now, they set it up anew. How many had one."""
    users = list(users)
    had = sum(is_set_up(user) for user in users)
    TOTPDevice.objects.filter(user__in=users).delete()
    BackupCode.objects.filter(user__in=users).delete()
    Session.objects.filter(user__in=users).delete()
    return had


def note(user: User, what: str) -> None:
    """For the audit."""
    LogEntry.objects.log_actions(user.pk, [user], CHANGE, change_message=what, single_object=True)


class CodeForm(forms.Form):
    """Six digits from the phone, or one of the backup codes."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=16,
        widget=UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "one-time-code", "autofocus": True, "autocapitalize": "none", "spellcheck": "false"}
        ),
    )

    def clean_code(self) -> str:
        return "".join(self.cleaned_data["code"].split()).lower()


@never_cache
def page(request: HttpRequest) -> HttpResponse:
    """Asks for the code; sets it up where it is not; and then tells how it stands."""
    if not admin.site.has_permission(request):
        return redirect("admin:login")
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - for the type checker: only such have permission
    is_known = is_set_up(user)
    if is_known and not (user.is_verified() and is_fresh(request)):  # type: ignore[attr-defined]
        return _ask(request, user)
    if not is_known or "another" in request.GET:
        return _set_up(request, user)
    if request.method == "POST":
        return _show_codes(request, user)
    left = BackupCode.objects.filter(user=user).count()
    return _shown(request, "stands", codes_left=left)


def _ask(request: HttpRequest, user: User) -> HttpResponse:
    form = CodeForm(request.POST or None)
    # Who is in already and shows a code once more wanted to come here.
    onward = _next(request, request.get_full_path() if user.is_verified() else "")  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data["code"]
        with transaction.atomic():  # of two who try at the same moment the second sees what the first did
            device = TOTPDevice.objects.select_for_update().get(user=user, confirmed=True)
            opens = _opens(device, code)
        if opens:
            _let_in(request, device)
            _tell_of_last_codes(request, user, code)
            return redirect(onward)
        note(user, _WRONG)
        form.add_error("code", _refusal(device))
    return _shown(request, "ask", form=form, next=onward)


def _opens(device: TOTPDevice, code: str) -> bool:
    """By what the phone shows or, once, by a backup code. A mistake with either makes the next try wait."""
    if code.isdecimal():
        return bool(device.verify_token(code))
    if not device.verify_is_allowed()[0]:
        return False
    kept = BackupCode.objects.filter(user=device.user, number=int(code[0]) if code[0].isdecimal() else 0).first()
    if kept is None or not check_password(code, kept.hashed):
        device.throttle_increment()
        return False
    kept.delete()
    device.throttle_reset()
    return True


def _let_in(request: HttpRequest, device: TOTPDevice) -> None:
    request.session.cycle_key()
    request.session[_SHOWN_AT] = timezone.now().timestamp()
    verify_session(request, device)


def _refusal(device: TOTPDevice) -> str:
    if not device.verify_is_allowed()[0]:
        return _("That is not the code. Wait a moment before the next try: each mistake makes the wait longer.")
    return _("That is not the code. It changes every 30 seconds; look at your phone again.")


def _tell_of_last_codes(request: HttpRequest, user: User, code: str) -> None:
    if not code.isdecimal():
        left = BackupCode.objects.filter(user=user).count()
        messages.warning(request, _("You used a backup code; %(left)d are left.") % {"left": left})
        note(user, _USED)


def _set_up(request: HttpRequest, user: User) -> HttpResponse:
    device = TOTPDevice.objects.filter(user=user, confirmed=False).first() or TOTPDevice.objects.create(
        user=user, name="phone", confirmed=False
    )
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if device.verify_token(form.cleaned_data["code"]):
            with transaction.atomic():
                TOTPDevice.objects.filter(user=user).exclude(pk=device.pk).delete()
                TOTPDevice.objects.filter(pk=device.pk).update(confirmed=True)
            device.confirmed = True
            _let_in(request, device)
            note(user, _SET_UP)
            return _show_codes(request, user)
        form.add_error("code", _refusal(device))
    address = device.config_url
    drawn = qrcode.make(address, image_factory=SvgPathImage, box_size=8).to_string(encoding="unicode")
    key = _in_fours(address.partition("secret=")[2].partition("&")[0])
    return _shown(request, "set_up", form=form, drawn=mark_safe(drawn), key=key)  # noqa: S308 - ours


def _in_fours(key: str) -> str:
    return " ".join(key[n : n + 4] for n in range(0, len(key), 4))


def _show_codes(request: HttpRequest, user: User) -> HttpResponse:
    """New ones, shown this once; those before are worth nothing any more."""
    codes = [f"{number}{get_random_string(8, _LETTERS)}" for number in range(1, BACKUP_CODES + 1)]
    fresh = [BackupCode(user=user, number=int(code[0]), hashed=make_password(code)) for code in codes]
    with transaction.atomic():
        BackupCode.objects.filter(user=user).delete()
        BackupCode.objects.bulk_create(fresh)
    note(user, _RENEWED)
    return _shown(request, "codes", codes=codes)


def _shown(request: HttpRequest, step: str, **context: object) -> TemplateResponse:
    titles = {
        "ask": _("Second factor"),
        "set_up": _("Set up the second factor"),
        "codes": _("Your backup codes"),
        "stands": _("Second factor"),
    }
    shown = {**admin.site.each_context(request), "title": titles[step], "step": step, "next": _next(request), **context}
    return TemplateResponse(request, "karlos_site/second_factor.html", shown)


def _next(request: HttpRequest, otherwise: str = "") -> str:
    """Where they wanted to go, on this site."""
    wanted = request.POST.get("next") or request.GET.get("next") or otherwise
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours else reverse("admin:index")
