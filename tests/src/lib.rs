//! What the system tests share: started processes, a fake provider, waiting without sleeping.
