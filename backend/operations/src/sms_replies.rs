//! What an SMS that came in does.
