//! The simulated working day: people of the load model who book, come, wait and are served, through the same
//! verbs as everybody else.

mod bookings;
mod decide;
mod model;
