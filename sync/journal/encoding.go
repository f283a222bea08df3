package journal

// Encode is an event as it is in the log, for whoever measures the log or carries
// events in another way. Append does it by itself. Version is set; Server and Number
// are the caller's, and Decode wants both. It fails with ErrTooLarge in the chain of
// the error where Append would.
func Encode(e Event) ([]byte, error) { return encode(e) }

// Decode is the opposite of Encode. It fails with ErrVersion in the chain of the error
// for an event of a later version.
func Decode(data []byte) (Event, error) { return decode(data) }
