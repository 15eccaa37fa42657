from allauth.account import views as account
from django.urls import include, path, re_path

from . import health, home, installation, metrics

urlpatterns = [
    path("", home.index, name="home"),
    path("people/administration/installation/", installation.index, name="installation"),
    path("accounts/login/", account.login, name="account_login"),
    path("accounts/logout/", account.logout, name="account_logout"),
    path("accounts/login/code/", account.request_login_code, name="account_request_login_code"),
    path("accounts/login/code/confirm/", account.confirm_login_code, name="account_confirm_login_code"),
    path("accounts/reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("accounts/signup/", account.signup, name="account_signup"),  # closed: it says so
    path("accounts/inactive/", account.account_inactive, name="account_inactive"),
    path("accounts/password/change/", account.password_change, name="account_change_password"),
    path("accounts/password/set/", account.password_set, name="account_set_password"),
    path("accounts/password/reset/", account.password_reset, name="account_reset_password"),
    path("accounts/password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    re_path(  # a key has a hyphen of its own, and who it is for has none
        r"^accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "accounts/password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("", include("cohorts.urls")),
    path("", include("workspaces.urls")),
    path("", include("policies.urls")),
    path("api/", include("mpi.api")),
    path("", include(health.urlpatterns)),
    path("", include(metrics.urlpatterns)),
]
handler400 = "mpi.errors.bad_request"
handler403 = "mpi.errors.forbidden"
handler404 = "mpi.errors.not_found"
handler500 = "mpi.errors.server_error"
