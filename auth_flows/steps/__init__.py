"""The pages of a sign-in: one file, one template and one line here each."""

from auth_flows.journey import StepName
from auth_flows.steps.agreements import Agreements
from auth_flows.steps.base import Step
from auth_flows.steps.choose_password import ChoosePassword
from auth_flows.steps.email_code import EmailCode
from auth_flows.steps.identify import Identify
from auth_flows.steps.password import Password
from auth_flows.steps.profile import Profile
from auth_flows.steps.refused import Refused
from auth_flows.steps.totp import Totp

PAGES: dict[StepName, type[Step]] = {
    StepName.REFUSED: Refused,
    StepName.IDENTIFY: Identify,
    StepName.PASSWORD: Password,
    StepName.EMAIL_CODE: EmailCode,
    StepName.TOTP: Totp,
    StepName.PROFILE: Profile,
    StepName.CHOOSE_PASSWORD: ChoosePassword,
    StepName.AGREEMENTS: Agreements,
}
