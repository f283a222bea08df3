package game

// Kicks and messages change nothing in the State. Each server does what their records say.
var (
	kick    = actionKind{version: 3, aboutPlayer: true, apply: recordText}
	message = actionKind{version: 3, aboutPlayer: true, targetless: true, validate: validateText, apply: recordText}
)

func validateText(a AdminAction) error {
	if a.Text == "" {
		return impossible("the %s is empty", a.Kind)
	}
	return nil
}

func recordText(_ *State, a AdminAction, r *AuditRecord) error {
	r.After.Text = a.Text
	return nil
}
