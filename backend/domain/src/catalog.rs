//! The catalogue: departments, offices, services of the town and how long they take.
