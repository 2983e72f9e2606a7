//! Departments, offices, zones, pools, counters, services and offers as rows.
