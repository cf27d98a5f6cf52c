"""What issued tokens and keys look like: most begin with letters that name who issued them.

The shapes are those that detect-secrets (https://github.com/Yelp/detect-secrets), gitleaks
(https://github.com/gitleaks/gitleaks) and the issuers themselves publish. Each takes only as many characters
as tell it from an ordinary word: what somebody types is looked at once, however it goes on.
"""

import re
from typing import Final

_CLOUDS = r"""
      (?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{12} | ABSK[A-Za-z0-9+/]{40} | LTAI[A-Za-z0-9]{16} | AQVN[\w-]{30}
    | AIza[\w-]{20} | ya29\.[\w-]{10} | GOCSPX-[\w-]{10} | 1//0[\w-]{20}
    | [\w~.]{3}\dQ~[\w~.-]{20}
    | do[opr]_v1_\w{16} | HRKU-AA[\w-]{16} | fo1_[\w-]{24} | fm[12][ar]?_[\w+/]{24}
    | dapi[0-9a-f]{24} | pscale_(?:tkn|pw|oauth)_[\w.=-]{16} | sbp_[0-9a-f]{30} | sb_secret_[\w-]{16}
    | tskey-(?:auth|api|client)-[\w-]{10} | sha256~[\w-]{40} | SWMTKN-1-\w{10} | dckr_pat_[\w-]{16}
"""
_CODE = r"""
      gh[pousr]_\w{16} | github_pat_\w{16}
    | gl(?:pat|dt|rt|ptt|ft|soat|imt|agent|oas|cbt|ffct|wt)-[\w-]{12} | GR1348941[\w-]{12}
    | npm_[A-Za-z0-9]{20} | pypi-[A-Za-z0-9_]{16} | rubygems_[0-9a-f]{24} | bkua_[0-9a-f]{24}
    | ATATT3[\w=-]{16} | ATBB[A-Za-z0-9]{20} | AKCp[A-Za-z0-9]{20} | cmVmd[A-Za-z0-9]{40}
    | lin_(?:api|oauth)_\w{12} | ntn_\w{16} | secret_[A-Za-z0-9]{32} | figd_[\w-]{20} | CFPAT-[\w-]{20}
    | PMAK-[0-9a-f]{16} | API-[A-Z0-9]{26} | pul-[0-9a-f]{32} | ico-[A-Za-z0-9]{32} | sgp_[0-9a-f]{24}
    | dp\.(?:ct|pt|st|sa|scim|audit)\.[\w.-]{12} | hv[sbr]\.[\w-]{12}
    | s\.(?=[A-Za-z]{0,23}\d)[A-Za-z0-9]{24}\b
    | sq[apu]_[0-9a-f]{24} | oy2[a-z0-9]{40} | CLOJARS_[a-z0-9]{30}
    | ops_eyJ\w{10} | A3-[A-Z0-9]{6}-[A-Z0-9]{6} | AGE-SECRET-KEY-1
    | PuTTY-User-Key-File- | b3BlbnNzaC1rZXktdjE
"""
_SERVICES = r"""
      [sprw]k_(?:live|test|prod)_\w{6} | whsec_\w{8} | sq0[a-z]{3}-[\w-]{12} | EAAA[\w-]{40}
    | shp(?:at|ca|pa|ss)_[A-Za-z0-9]{16} | shippo_(?:live|test)_\w{16} | duffel_(?:live|test)_[\w-]{16}
    | EZ[AT]K[A-Za-z0-9]{40} | FLWSECK(?:_TEST)?-\w{10}
    | xox[a-z](?:\.xox[a-z])?-[\w-]{6} | xapp-[\w-]{6} | xwfp-[\w-]{6} | [0-9]{6,12}:A[\w-]{30}
    | (?:SK|AC)[0-9a-f]{32} | SG\.(?=[\w-]{0,20}\d)[\w-]{10} | key-[0-9A-Za-z]{24} | xkeysib-[0-9a-f]{24}
    | sk-(?:ant|proj|svcacct|admin|or)-[\w-]{6} | sk-[A-Za-z0-9]{16} | (?:hf|api_org)_[A-Za-z0-9]{20}
    | (?:gsk|r8)_[A-Za-z0-9]{20} | pplx-[A-Za-z0-9]{20} | xai-[A-Za-z0-9]{20} | nvapi-[\w-]{20}
    | gl(?:sa|c)_[A-Za-z0-9_+/]{16} | NR(?:AK|JS|II|IQ|RA|AA)-[\w-]{12} | dt0[cs]01\.\w{10}
    | ph[cx]_[A-Za-z0-9]{20} | fio-u-[\w-]{20} | dnkey-[A-Z0-9]{16}
    | sntry[su]_\w{16} | rdme_[0-9a-z]{20} | tfp_[\w.-]{30} | EAA[MC][A-Za-z0-9]{60} | pn[ub]_[A-Za-z0-9]{20}
    | pat[A-Za-z0-9]{14}\.[0-9a-f]{32} | p8e-[0-9a-z]{30} | sl\.[\w-]{60} | sm_[asp]at_\w{12}
    | [MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{25}
"""
_ANYWHERE = r"""
      -----BEGIN\s[A-Z]{2}
    | hooks\.slack\.com/(?:services|workflows|triggers)/\w | discord(?:app)?\.com/api/webhooks/\d
    | \.webhook\.office\.com/webhookb2/\w
    | \w\.atlasv1\.\w | (?<![\w-])eyJ[\w-]{8}[\w-]*+\.[\w-]{4}
    | [?&](?:sig|X-Amz-Signature)=[\w%+/-]{16}
    | (?<!\w)[\w+]{1,20}://[^\s/:@]*+:(?!\$[{(]|\$[A-Z_]{1,60}@|[{<]|\*\*|xxx)[^\s/@]++@
"""

_CLOUD_TOKENS: Final = re.compile(rf"(?<![A-Za-z0-9])(?:{_CLOUDS})", re.VERBOSE | re.ASCII)
_CODE_TOKENS: Final = re.compile(rf"(?<![A-Za-z0-9])(?:{_CODE})", re.VERBOSE | re.ASCII)
_SERVICE_TOKENS: Final = re.compile(rf"(?<![A-Za-z0-9])(?:{_SERVICES})", re.VERBOSE | re.ASCII)
_LINKS_AND_KEYS: Final = re.compile(_ANYWHERE, re.VERBOSE | re.ASCII)


_SHAPES: Final = (_CLOUD_TOKENS, _CODE_TOKENS, _SERVICE_TOKENS, _LINKS_AND_KEYS)
_REST: Final = re.compile(r"[\w.~%+/=-]*+", re.ASCII)
"""What goes on after the characters that tell a token."""


def has_token(text: str) -> bool:
    """Whether something in it has a published shape."""
    return any(shape.search(text) for shape in _SHAPES)


def without_tokens(text: str, instead: str) -> str:
    """The text with a word in the place of each token; of a key's file nothing is left."""
    for shape in _SHAPES:
        kept, end = [], 0
        for found in shape.finditer(text):
            if found.start() >= end:
                kept += [text[end : found.start()], instead]
                end = _end(text, found)
        text = "".join(kept) + text[end:]
    return text


def _end(text: str, token: re.Match[str]) -> int:
    rest = _REST.match(text, token.end())
    return len(text) if token[0].startswith("-----") or rest is None else rest.end()
