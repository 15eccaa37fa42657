"""The demonstration: two cohorts of real cities with their real published counts. Its people are roles, its conversations are
invented and few, and every page of it says which is which."""
