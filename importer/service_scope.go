package importer

import (
	"context"
	"maps"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// nameScopes lets a file without a column for what its rows stand in (the pipeline of their stages) make one, named
// after the file, when it may be made and there is not exactly one that could be taken.
func (s *Service) nameScopes(ctx context.Context, p *plan, mapped map[string]int) error {
	for i := range p.object.Fields {
		f := &p.object.Fields[i]
		if _, ok := mapped[f.Key]; ok || !f.Required || Clean(p.Defaults[f.Key]) != "" || !s.scopes(p.caller, p.object, f) || !slices.Contains(p.CreateMissing, f.Object) {
			continue
		}
		target, err := s.Engine.Schema(p.caller.Account).Object(f.Object)
		if err != nil {
			return err
		}
		found, _, err := s.Engine.Find(ctx, p.caller, crm.Query{Object: target, Sort: "name", Limit: 2})
		if err != nil && !errs.Is(err, errs.Forbidden) {
			return err
		}
		if only(found) != nil {
			continue
		}
		defaults := maps.Clone(p.Defaults)
		if defaults == nil {
			defaults = map[string]string{}
		}
		defaults[f.Key] = fileTitle(p.FileName)
		p.Defaults = defaults
	}
	return nil
}

// fileTitle makes a name of a file's: "sales_pipeline.csv" is "Sales pipeline".
func fileTitle(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.TrimSuffix(name, path.Ext(name))
	name = oneLine(strings.Map(func(r rune) rune {
		if r == '_' || r == '-' {
			return ' '
		}
		return r
	}, name))
	first, size := utf8.DecodeRuneInString(name)
	if size == 0 || name == "." {
		return "Imported"
	}
	return string(unicode.ToUpper(first)) + name[size:]
}
