"""Facts that the apps above may hear. Each is sent inside the transaction that made it true."""

from django.dispatch import Signal

cohort_opened = Signal()  # cohort
city_enrolled = Signal()  # enrolment, by (None: a command)
agreement_written = Signal()  # agreement
term_started = Signal()  # term
term_ended = Signal()  # term
seat_handed_over = Signal()  # hand_over
access_changed = Signal()  # person
convening_opened = Signal()  # convening
convening_changed = Signal()  # convening, by, term
reading_changed = Signal()  # reading, an administrator's: begun, or ended before its hour
cohort_changed = Signal()  # cohort
commitment_changed = Signal()  # commitment, by, term, is_new
