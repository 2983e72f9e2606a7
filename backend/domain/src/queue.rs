//! The queue of people in the building: check-in, call order, expected wait.
