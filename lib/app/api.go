package app

import (
	"clearline/lib/api"
	"clearline/lib/tokens"
)

// newAPI makes what programs use Clearline by.
func (a *App) newAPI() *api.API {
	return api.New(api.Options{Desk: a.desk, Tokens: tokens.New(a.store), Log: a.log})
}
