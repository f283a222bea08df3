package game

// Kicks and messages don't change the State. Each server acts on their records.
var (
	kick    = actionKind{version: 3, targetsPlayer: true, apply: recordText}
	message = actionKind{version: 3, targetsPlayer: true, targetless: true, validate: validateText, apply: recordText}
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
