"""Operations on containers, with errors in the user's language."""

from collections.abc import Sequence

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .client import ControlIsOff, InvalidToken, UmaError
from .client.rest import Operation
from .const import DOMAIN
from .coordinator import UmaCoordinator


async def operate(coordinator: UmaCoordinator, operation: Operation, names: Sequence[str]) -> None:
    """Start, stop or restart containers. Raises HomeAssistantError if one fails."""
    if coordinator.is_connected and not coordinator.may_control:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="control_off")
    try:
        results = await coordinator.client.operate(operation, names)
    except ControlIsOff as error:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="control_off") from error
    except InvalidToken as error:
        coordinator.config_entry.async_start_reauth(coordinator.hass)
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="invalid_auth") from error
    except UmaError as error:
        raise HomeAssistantError(
            translation_domain=DOMAIN, translation_key="request_failed", translation_placeholders={"error": str(error)}
        ) from error
    failed = [f"{result.name}: {result.message}" for result in results if not result.is_success]
    if failed:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="containers_failed",
            translation_placeholders={"failed": "; ".join(failed)},
        )
