"""Which fault each error of AWS is, and what an operator is told of it.

Sources: *Common Errors* and the *Errors* of each operation in the API references of Secrets Manager, Systems
Manager, STS and IAM. They stand in `__type` or the header `x-amzn-errortype` (AWS JSON 1.1), or in
`Error/Code` (AWS Query).
"""

from collections.abc import Mapping
from typing import Final

from envaccess.domain.sources.faults import SourceFault

_MISSING: Final = """
    ResourceNotFoundException ParameterNotFound ParameterVersionNotFound ParameterVersionLabelNotFound
    NoSuchEntity
"""
_DELETED: Final = "InvalidRequestException"
"""A secret that is scheduled for deletion; its other causes are none of a reading."""
_DENIED: Final = """
    AccessDeniedException AccessDenied UnauthorizedOperation NotAuthorized OptInRequired
    RegionDisabledException UnrecognizedClientException InvalidClientTokenId MissingAuthenticationToken
    MissingAuthenticationTokenException AuthFailure ExpiredToken ExpiredTokenException
    InvalidSignatureException SignatureDoesNotMatch IncompleteSignature IncompleteSignatureException
    RequestExpired RequestTimeTooSkewed DecryptionFailure EncryptionFailure InvalidKeyId
    KMSAccessDeniedException PackedPolicyTooLarge MalformedPolicyDocument
"""
_DOWN: Final = """
    ThrottlingException Throttling ThrottledException RequestLimitExceeded TooManyRequestsException
    TooManyUpdates ServiceUnavailable ServiceUnavailableException InternalFailure InternalServiceError
    InternalServerError InternalServiceFailure ServiceFailure LimitExceededException LimitExceeded
    EntityTemporarilyUnmodifiable ConcurrentModification
"""
_MALFORMED: Final = """
    ValidationException ValidationError InvalidParameterException InvalidParameterValue
    ResourceExistsException ParameterAlreadyExists UnsupportedParameterType
    ParameterPatternMismatchException HierarchyTypeMismatch
"""
FAULTS: Final[Mapping[str, SourceFault]] = (
    dict.fromkeys(_MISSING.split(), SourceFault.MISSING)
    | dict.fromkeys(_DELETED.split(), SourceFault.DELETED)
    | dict.fromkeys(_DENIED.split(), SourceFault.DENIED)
    | dict.fromkeys(_DOWN.split(), SourceFault.DOWN)
    | dict.fromkeys(_MALFORMED.split(), SourceFault.MALFORMED)
)
"""By AWS's name of the error; no other name is repeated to anybody, since it is a part of a body."""
_SIGNED: Final = """
    InvalidSignatureException SignatureDoesNotMatch RequestExpired RequestTimeTooSkewed AuthFailure
"""
SKEWED: Final = frozenset(_SIGNED.split())
"""What AWS says, too, where our clock is over five minutes off."""
_PERMISSION: Final = "a permission is missing: docs/how-to/sources-aws.md has the policy"
_ENDED: Final = "the session that envaccess signs with has ended: renew it"
_UNKNOWN: Final = "it does not know this access key: it was deleted, or belongs elsewhere"
_SIGNATURE: Final = "the secret key does not belong to the access key"
_KMS: Final = "the KMS key cannot be used: look at its state and its policy"
_LIMIT: Final = "it limits how many calls it takes"
HINTS: Final[Mapping[str, str]] = {
    "AccessDeniedException": _PERMISSION,
    "AccessDenied": _PERMISSION,
    "ExpiredToken": _ENDED,
    "ExpiredTokenException": _ENDED,
    "UnrecognizedClientException": _UNKNOWN,
    "InvalidClientTokenId": _UNKNOWN,
    "InvalidSignatureException": _SIGNATURE,
    "SignatureDoesNotMatch": _SIGNATURE,
    "DecryptionFailure": _KMS,
    "EncryptionFailure": _KMS,
    "InvalidKeyId": _KMS,
    "KMSAccessDeniedException": _KMS,
    "ThrottlingException": _LIMIT,
    "Throttling": _LIMIT,
    "InvalidRequestException": "the secret is scheduled for deletion",
    "LimitExceeded": "the user has as many access keys as AWS allows",
}
"""What it means, or what to do."""
