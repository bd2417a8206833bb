package web

func automationViews() []*objectView {
	return []*objectView{{
		key: "workflow", nav: "automation", ownPage: true, ownForm: true,
		columns: []string{"trigger", "enabled", "folder", "updated_at"},
		filters: []string{"enabled"},
	}}
}
