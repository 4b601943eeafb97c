"""The users of a host and their home folders."""

import os
import sys
from typing import Dict, Mapping


class UnknownHostUser(Exception):  # noqa: N818 - it is named by what is wrong
    """The host knows no user of that name, or the user has no home folder."""


def home_of(user: str, environment: Mapping[str, str]) -> str:
    """The user's home: from Windows' list of profiles, the drive's Users, or the user list."""
    if sys.platform == "win32":
        found = _listeduser_homes().get(_sid_of(user), "")
    else:
        found = user_homes(environment, user).get(user.rpartition("\\")[2].lower(), "")
    if not os.path.isdir(found):
        raise UnknownHostUser("this host has no user %s with a home folder" % user)
    return found


def user_homes(environment: Mapping[str, str], user: str = "") -> Dict[str, str]:
    """Home folders by the names of their users, in lower case. Of one, where one is asked for."""
    if sys.platform == "win32":
        return {os.path.basename(path).lower(): path for path in _listeduser_homes().values()}
    drive = environment.get("SystemDrive")
    if drive:
        folder = os.path.join(drive, "Users")
        names = os.listdir(folder) if os.path.isdir(folder) else []
        return {name.lower(): os.path.join(folder, name) for name in names}
    import pwd

    try:
        rows = [pwd.getpwnam(user)] if user else pwd.getpwall()
    except KeyError:
        return {}
    return {row.pw_name.lower(): row.pw_dir for row in rows}


def _listeduser_homes() -> Dict[str, str]:
    """Windows' own list, by security identifiers: a folder need not have its user's name."""
    found: Dict[str, str] = {}
    if sys.platform == "win32":
        import winreg

        where = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList"
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, where) as profiles:
            for number in range(winreg.QueryInfoKey(profiles)[0]):
                sid = winreg.EnumKey(profiles, number)
                with winreg.OpenKey(profiles, sid) as profile:
                    path = winreg.QueryValueEx(profile, "ProfileImagePath")[0]
                found[sid] = os.path.expandvars(path)
    return found


def _sid_of(user: str) -> str:
    """The account's security identifier; empty where Windows knows none of that name."""
    if sys.platform != "win32":
        return ""
    import ctypes
    from ctypes import wintypes

    accounts = ctypes.WinDLL("advapi32")
    sid, domain = ctypes.create_string_buffer(128), ctypes.create_unicode_buffer(300)
    sizes, use = (wintypes.DWORD(128), wintypes.DWORD(300)), wintypes.DWORD()
    known = accounts.LookupAccountNameW(
        *(None, user, sid, ctypes.byref(sizes[0]), domain, ctypes.byref(sizes[1])),
        ctypes.byref(use),
    )
    text = wintypes.LPWSTR()
    if not known or not accounts.ConvertSidToStringSidW(sid, ctypes.byref(text)):
        return ""
    return text.value or ""
